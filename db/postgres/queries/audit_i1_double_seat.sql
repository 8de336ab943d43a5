-- A ticket in two matches.
SELECT 'ticket ' || ticket || ' of ' || player || ' has ' || count(*) || ' seats'
FROM match_seats WHERE player IS NOT NULL
GROUP BY player, ticket HAVING count(*) > 1
LIMIT $1
