INSERT INTO tombstones (player, ticket, cancelled_at) VALUES (?1, ?2, ?3)
