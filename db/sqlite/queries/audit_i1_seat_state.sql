-- A seat whose ticket is not where its match says: pending - matched, done - finished, dead-lettered - returned.
SELECT 'match ' || hex(m.id) || ' in state ' || m.state || ' seats ticket ' || hex(s.ticket) || ' in state ' || ifnull(t.state, 'missing')
FROM matches m
LEFT JOIN match_seats s ON s.match_id = m.id
LEFT JOIN tickets t ON t.player = s.player AND t.id = s.ticket
WHERE m.id = ?1
  AND s.player IS NOT NULL
  AND (t.state IS NOT CASE m.state WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 5 END OR t.match_id IS NOT m.id)
LIMIT ?2
