-- An event of a log without a head, or outside of what its head says is kept.
SELECT 'event ' || e.seq || ' of ' || e.player || ' is outside of their log, which has head ' || coalesce(h.seq::text, 'none') || ', trimmed ' || coalesce(h.trimmed::text, 'none')
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, seq)
CROSS JOIN LATERAL (SELECT * FROM events AS e WHERE e.player = k.player AND e.seq = k.seq OFFSET 0) AS e
LEFT JOIN LATERAL (SELECT * FROM event_heads AS h WHERE h.player = e.player OFFSET 0) AS h ON true
WHERE (h.player IS NULL OR e.seq <= h.trimmed OR e.seq > h.seq)
LIMIT $3
