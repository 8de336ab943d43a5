-- An event of a log without a head, or outside of what its head says is kept.
SELECT 'event ' || e.seq || ' of ' || hex(e.player) || ' is outside of their log, which has head ' || ifnull(h.seq, 'none') || ', trimmed ' || ifnull(h.trimmed, 'none')
FROM events e
LEFT JOIN event_heads h ON h.player = e.player
WHERE e.player = ?1 AND e.seq = ?2
  AND (h.player IS NULL OR e.seq <= h.trimmed OR e.seq > h.seq)
LIMIT ?3
