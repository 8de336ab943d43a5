INSERT INTO match_seats (match_id, side, player, ticket, bot, build, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
