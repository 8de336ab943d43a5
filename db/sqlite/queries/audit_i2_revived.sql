-- An id that was recorded as cancelled and accepted afterwards.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' was accepted after its cancel'
FROM tickets t
LEFT JOIN tombstones d ON d.player = t.player AND d.ticket = t.id
WHERE t.player = ?1 AND t.id = ?2
  AND d.ticket IS NOT NULL
LIMIT ?3
