INSERT INTO failures (match_id, node, at, why, rules_version)
SELECT id, ?4, ?5, ?6, rules_version FROM matches WHERE id = ?1 AND rules_version = ?2 AND content = ?3
ON CONFLICT (match_id, node, at) DO NOTHING
