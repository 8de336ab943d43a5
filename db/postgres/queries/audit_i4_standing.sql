-- A season's end that is in the archive and not in the history, or differs.
SELECT 'season ' || s.season || ' of ' || s.player || ' differs between archive and history'
FROM unnest($1::uuid[]) AS k (player)
CROSS JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = k.player OFFSET 0) AS r
LEFT JOIN LATERAL (SELECT * FROM season_standings AS s WHERE s.player = r.player OFFSET 0) AS s ON true
LEFT JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = s.player AND c.number = s.version + 1 OFFSET 0) AS c ON true
WHERE s.season IS NOT NULL
  AND (c.season IS DISTINCT FROM s.season OR c.before_rating <> s.rating OR c.before_deviation <> s.deviation OR c.before_volatility <> s.volatility)
LIMIT $2
