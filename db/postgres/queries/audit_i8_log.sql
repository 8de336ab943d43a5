-- A log whose events are not exactly the numbers after the trimmed ones up to its head.
SELECT 'log of ' || h.player || ' has ' || coalesce(e.kept, 0) || ' events from ' || coalesce(e.lowest, 0) || ' to ' || coalesce(e.highest, 0)
    || ', head ' || h.seq || ', trimmed ' || h.trimmed
FROM event_heads h
LEFT JOIN (SELECT player, count(*) AS kept, min(seq) AS lowest, max(seq) AS highest FROM events GROUP BY player) e ON e.player = h.player
WHERE coalesce(e.kept, 0) <> h.seq - h.trimmed
   OR coalesce(e.lowest, h.trimmed + 1) <> h.trimmed + 1
   OR coalesce(e.highest, h.seq) <> h.seq
LIMIT $1
