-- A result without a replay.
SELECT 'result of match ' || m.id || ' names replay "' || r.replay_key || '" of ' || r.replay_size || ' bytes'
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM match_results AS r WHERE r.match_id = m.id OFFSET 0) AS r ON true
WHERE (r.replay_key = '' OR r.replay_size <= 0)
LIMIT $2
