INSERT INTO events (player, seq, ticket, event, at) VALUES (?1, ?2, ?3, ?4, ?5)
