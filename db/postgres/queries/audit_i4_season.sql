-- A season's end that is in the history and not in the archive, or the other way round, or differs.
SELECT 'season ' || coalesce(s.season, c.season) || ' of ' || coalesce(s.player, c.player) || ' differs between archive and history'
FROM season_standings s
FULL JOIN (SELECT * FROM rating_changes WHERE season IS NOT NULL) c ON c.player = s.player AND c.season = s.season
WHERE s.player IS NULL OR c.player IS NULL OR c.number <> s.version + 1
   OR c.before_rating <> s.rating OR c.before_deviation <> s.deviation OR c.before_volatility <> s.volatility
LIMIT $1
