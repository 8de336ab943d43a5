-- A ticket in two matches.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' has ' || s.seats || ' seats'
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
CROSS JOIN LATERAL (SELECT count(*) AS seats FROM match_seats s WHERE s.player = t.player AND s.ticket = t.id) AS s
WHERE s.seats > 1
LIMIT $3
