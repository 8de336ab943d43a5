SELECT id, rules_version FROM matches WHERE state = 0 AND created_at <= ?1 ORDER BY created_at, id
