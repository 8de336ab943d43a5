SELECT id, mode, engine, rules_version, content, rng, seed, created_at
FROM matches WHERE state = 0 AND (created_at, id) > (?1, ?2) AND created_at <= ?3
ORDER BY created_at, id
LIMIT ?4
