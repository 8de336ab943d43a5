-- A season's end that is in the archive and not in the history, or differs; or the other way round.
SELECT 'season ' || s.season || ' of ' || hex(s.player) || ' differs between archive and history'
FROM season_standings s
LEFT JOIN rating_changes c ON c.player = s.player AND c.number = s.version + 1
WHERE c.season IS NOT s.season
   OR c.before_rating <> s.rating OR c.before_deviation <> s.deviation OR c.before_volatility <> s.volatility
UNION ALL
SELECT 'season ' || c.season || ' of ' || hex(c.player) || ' differs between archive and history'
FROM rating_changes c
WHERE c.season IS NOT NULL
  AND NOT EXISTS (SELECT 1 FROM season_standings s WHERE s.player = c.player AND s.season = c.season)
LIMIT ?1
