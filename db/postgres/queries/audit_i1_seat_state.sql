-- A seat whose ticket is not where its match says: pending - matched, done - finished, dead-lettered - returned.
SELECT 'match ' || s.match_id || ' in state ' || m.state || ' seats ticket ' || s.ticket || ' in state ' || coalesce(t.state::text, 'missing')
FROM match_seats s
JOIN matches m ON m.id = s.match_id
LEFT JOIN tickets t ON t.player = s.player AND t.id = s.ticket
WHERE s.player IS NOT NULL
  AND (t.state IS DISTINCT FROM CASE m.state WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 5 END OR t.match_id IS DISTINCT FROM s.match_id)
LIMIT $1
