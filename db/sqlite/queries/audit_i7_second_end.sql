-- An event about a ticket whose end another event told: a late completion had an effect.
SELECT 'event ' || e.seq || ' of ' || hex(e.player) || ' is about ticket ' || hex(e.ticket) || ', which event ' || ifnull(t.told_seq, '?') || ' had told'
FROM events e
LEFT JOIN tickets t ON t.player = e.player AND t.id = e.ticket
WHERE e.player = ?1 AND e.seq = ?2
  AND t.id IS NOT NULL AND t.told_seq IS NOT e.seq
LIMIT ?3
