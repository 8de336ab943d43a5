-- A change of somebody without a rating, or past its version.
SELECT 'change ' || c.number || ' of ' || c.player || ' is not in their rating, which is at version ' || coalesce(r.version::text, 'none')
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, number)
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = k.player AND c.number = k.number OFFSET 0) AS c
LEFT JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = c.player OFFSET 0) AS r ON true
WHERE (r.player IS NULL OR r.version < c.number)
LIMIT $3
