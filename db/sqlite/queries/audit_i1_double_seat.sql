-- A ticket in two matches.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' has ' || s.seats || ' seats'
FROM tickets t
JOIN (SELECT count(*) AS seats FROM match_seats WHERE player = ?1 AND ticket = ?2) s
WHERE t.player = ?1 AND t.id = ?2
  AND s.seats > 1
LIMIT ?3
