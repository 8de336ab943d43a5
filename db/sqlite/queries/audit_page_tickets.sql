SELECT player, id FROM tickets WHERE (player, id) > (?1, ?2) ORDER BY player, id LIMIT ?3
