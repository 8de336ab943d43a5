-- An id that was recorded as cancelled and accepted afterwards.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' was accepted after its cancel'
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
LEFT JOIN LATERAL (SELECT * FROM tombstones AS d WHERE d.player = t.player AND d.ticket = t.id OFFSET 0) AS d ON true
WHERE d.ticket IS NOT NULL
LIMIT $3
