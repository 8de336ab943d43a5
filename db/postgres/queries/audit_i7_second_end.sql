-- An event about a ticket whose end another event told: a late completion had an effect.
SELECT 'event ' || e.seq || ' of ' || e.player || ' is about ticket ' || e.ticket || ', which event ' || coalesce(t.told_seq::text, '?') || ' had told'
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, seq)
CROSS JOIN LATERAL (SELECT * FROM events AS e WHERE e.player = k.player AND e.seq = k.seq OFFSET 0) AS e
LEFT JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = e.player AND t.id = e.ticket OFFSET 0) AS t ON true
WHERE t.id IS NOT NULL AND t.told_seq IS DISTINCT FROM e.seq
LIMIT $3
