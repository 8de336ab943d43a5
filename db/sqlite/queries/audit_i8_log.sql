-- A log whose events are not exactly the numbers after the trimmed ones up to its head.
SELECT 'log of ' || hex(h.player) || ' has ' || e.kept || ' events from ' || ifnull(e.lowest, '?') || ' to ' || ifnull(e.highest, '?')
    || ', head ' || h.seq || ', trimmed ' || h.trimmed
FROM event_heads h
JOIN (SELECT count(*) AS kept, min(seq) AS lowest, max(seq) AS highest FROM events WHERE player = ?1) e
WHERE h.player = ?1
  AND (e.kept <> h.seq - h.trimmed OR e.lowest <> h.trimmed + 1 OR e.highest <> h.seq)
LIMIT ?2
