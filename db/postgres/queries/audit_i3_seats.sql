-- A match that does not have two seats.
SELECT 'match ' || m.id || ' has ' || s.seats || ' seats'
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
CROSS JOIN LATERAL (SELECT count(*) AS seats FROM match_seats s WHERE s.match_id = m.id) AS s
WHERE s.seats <> 2
LIMIT $2
