-- A ticket that ended, not by its owner, without the event that says so; events that were trimmed are past checking.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' in state ' || t.state || ' was not told by event ' || ifnull(t.told_seq, '?')
FROM tickets t
LEFT JOIN event_heads h ON h.player = t.player
LEFT JOIN events e ON e.player = t.player AND e.seq = t.told_seq
WHERE t.player = ?1 AND t.id = ?2
  AND t.state IN (2, 4, 5)
  AND (t.told_seq IS NULL OR h.seq IS NULL OR t.told_seq > h.trimmed)
  AND e.ticket IS NOT t.id
LIMIT ?3
