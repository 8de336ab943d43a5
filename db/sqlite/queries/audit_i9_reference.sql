-- A result without a replay.
SELECT 'result of match ' || hex(m.id) || ' names replay "' || r.replay_key || '" of ' || r.replay_size || ' bytes'
FROM matches m
LEFT JOIN match_results r ON r.match_id = m.id
WHERE m.id = ?1
  AND (r.replay_key = '' OR r.replay_size <= 0)
LIMIT ?2
