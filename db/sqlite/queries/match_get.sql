SELECT m.id, m.mode, m.engine, m.rules_version, m.content, m.rng, m.seed, m.created_at, m.state,
       r.winner, r.reason, r.ticks, r.state_hash, r.result, r.replay_key, r.replay_size, r.replay_checksum, r.finished_at,
       d.why
FROM matches m
LEFT JOIN match_results r ON r.match_id = m.id
LEFT JOIN dead_letters d ON d.match_id = m.id
WHERE m.id = ?1
