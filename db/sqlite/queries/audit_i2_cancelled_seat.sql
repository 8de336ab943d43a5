-- A cancelled ticket in a match.
SELECT 'cancelled ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' is in ' || s.seats || ' matches'
FROM tickets t
JOIN (SELECT count(*) AS seats FROM match_seats WHERE player = ?1 AND ticket = ?2) s
WHERE t.player = ?1 AND t.id = ?2
  AND t.state = 3 AND s.seats > 0
LIMIT ?3
