-- A log whose events are not exactly the numbers after the trimmed ones up to its head.
SELECT 'log of ' || h.player || ' has ' || e.kept || ' events from ' || coalesce(e.lowest::text, '?') || ' to ' || coalesce(e.highest::text, '?')
    || ', head ' || h.seq || ', trimmed ' || h.trimmed
FROM unnest($1::uuid[]) AS k (player)
CROSS JOIN LATERAL (SELECT * FROM event_heads AS h WHERE h.player = k.player OFFSET 0) AS h
CROSS JOIN LATERAL (SELECT count(*) AS kept, min(e.seq) AS lowest, max(e.seq) AS highest FROM events e WHERE e.player = h.player) AS e
WHERE (e.kept <> h.seq - h.trimmed OR e.lowest <> h.trimmed + 1 OR e.highest <> h.seq)
LIMIT $2
