-- A cancelled ticket in a match.
SELECT 'cancelled ticket ' || t.id || ' of ' || t.player || ' is in match ' || s.match_id
FROM tickets t JOIN match_seats s ON s.player = t.player AND s.ticket = t.id
WHERE t.state = 3
LIMIT $1
