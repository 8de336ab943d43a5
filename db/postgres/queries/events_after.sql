-- One row at least: the head stands in each.
SELECT coalesce(h.seq, 0), coalesce(h.trimmed, 0), e.seq, e.event, e.at
FROM (SELECT $1::uuid AS player) AS w
LEFT JOIN event_heads AS h ON h.player = w.player
LEFT JOIN LATERAL (
    SELECT e.seq, e.event, e.at FROM events AS e WHERE e.player = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3) AS e ON true
ORDER BY e.seq
