SELECT * FROM match_records WHERE state = 0 AND created_at <= $1 ORDER BY created_at, id LIMIT $2
