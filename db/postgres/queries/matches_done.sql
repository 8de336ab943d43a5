SELECT * FROM match_records WHERE id > $1 AND state = 1 ORDER BY id LIMIT $2
