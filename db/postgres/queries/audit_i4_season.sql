-- A season's end that is in the history and not in the archive.
SELECT 'season ' || c.season || ' of ' || c.player || ' differs between archive and history'
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, number)
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = k.player AND c.number = k.number OFFSET 0) AS c
LEFT JOIN LATERAL (SELECT * FROM season_standings AS s WHERE s.player = c.player AND s.season = c.season OFFSET 0) AS s ON true
WHERE c.season IS NOT NULL AND s.season IS NULL
LIMIT $3
