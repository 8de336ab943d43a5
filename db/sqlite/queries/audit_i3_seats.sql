-- A match that does not have two seats.
SELECT 'match ' || hex(m.id) || ' has ' || s.seats || ' seats'
FROM matches m
JOIN (SELECT count(*) AS seats FROM match_seats WHERE match_id = ?1) s
WHERE m.id = ?1
  AND s.seats <> 2
LIMIT ?2
