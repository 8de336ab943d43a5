-- A cancelled ticket in a match.
SELECT 'cancelled ticket ' || t.id || ' of ' || t.player || ' is in ' || s.seats || ' matches'
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
CROSS JOIN LATERAL (SELECT count(*) AS seats FROM match_seats s WHERE s.player = t.player AND s.ticket = t.id) AS s
WHERE t.state = 3 AND s.seats > 0
LIMIT $3
