-- A change that is not the only one of its player and match, or whose player was not in the match.
SELECT 'change ' || c.number || ' of ' || c.player || ' is one of ' || o.changes || ' from match ' || c.match_id || ', in which they had ' || s.seats || ' seats'
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, number)
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = k.player AND c.number = k.number OFFSET 0) AS c
CROSS JOIN LATERAL (SELECT count(*) AS changes FROM rating_changes o WHERE o.match_id = c.match_id AND o.player = c.player) AS o
CROSS JOIN LATERAL (SELECT count(*) AS seats FROM match_seats s WHERE s.match_id = c.match_id AND s.player = c.player) AS s
WHERE c.match_id IS NOT NULL AND (o.changes <> 1 OR s.seats <> 1)
LIMIT $3
