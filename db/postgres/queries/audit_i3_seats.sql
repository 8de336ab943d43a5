-- A match that does not have two seats.
SELECT 'match ' || m.id || ' has ' || count(s.match_id) || ' seats'
FROM matches m LEFT JOIN match_seats s ON s.match_id = m.id
GROUP BY m.id HAVING count(s.match_id) <> 2
LIMIT $1
