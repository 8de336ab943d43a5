SELECT id, mode, engine, rules_version, content, rng, seed, created_at
FROM matches WHERE state = 0 AND created_at <= ?1
ORDER BY created_at, id
LIMIT ?2
