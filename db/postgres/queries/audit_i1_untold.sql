-- A ticket that ended, not by its owner, without the event that says so; events that were trimmed are past checking.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' in state ' || t.state || ' was not told by event ' || coalesce(t.told_seq::text, '?')
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
LEFT JOIN LATERAL (SELECT * FROM event_heads AS h WHERE h.player = t.player OFFSET 0) AS h ON true
LEFT JOIN LATERAL (SELECT * FROM events AS e WHERE e.player = t.player AND e.seq = t.told_seq OFFSET 0) AS e ON true
WHERE t.state IN (2, 4, 5)
  AND (t.told_seq IS NULL OR h.seq IS NULL OR t.told_seq > h.trimmed)
  AND e.ticket IS DISTINCT FROM t.id
LIMIT $3
