-- An event about somebody else's ticket.
SELECT 'event ' || e.seq || ' of ' || hex(e.player) || ' is about ticket ' || hex(e.ticket) || ', which is not theirs'
FROM events e
LEFT JOIN tickets t ON t.player = e.player AND t.id = e.ticket
WHERE e.player = ?1 AND e.seq = ?2
  AND t.id IS NULL
LIMIT ?3
