-- A ticket whose match is not there.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' names match ' || t.match_id || ', which is not there'
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
LEFT JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = t.match_id OFFSET 0) AS m ON true
WHERE t.match_id IS NOT NULL AND m.id IS NULL
LIMIT $3
