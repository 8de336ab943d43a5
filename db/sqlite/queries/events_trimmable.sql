SELECT player, seq FROM events WHERE at < ?1 ORDER BY at, player, seq LIMIT ?2
