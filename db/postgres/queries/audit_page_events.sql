SELECT player, seq FROM events WHERE (player, seq) > ($1, $2) ORDER BY player, seq LIMIT $3
