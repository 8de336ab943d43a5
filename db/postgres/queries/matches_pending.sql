SELECT * FROM match_records
WHERE state = 0 AND (created_at, id) > ($1, $2) AND created_at <= $3
ORDER BY created_at, id
LIMIT $4
