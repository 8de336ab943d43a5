-- A season that counts other players than it archived.
SELECT 'season ' || s.number || ' counts ' || s.archived || ' players, archived are ' || coalesce(a.players, 0)
FROM seasons s LEFT JOIN (SELECT season, count(*) AS players FROM season_standings GROUP BY season) a ON a.season = s.number
WHERE s.archived <> coalesce(a.players, 0)
LIMIT $1
