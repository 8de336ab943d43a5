INSERT INTO failures (match_id, node, at, why)
SELECT id, ?2, ?3, ?4 FROM matches WHERE id = ?1
ON CONFLICT (match_id, node, at) DO NOTHING
