-- A season's end that is in the archive and not in the history, or differs.
SELECT 'season ' || s.season || ' of ' || hex(s.player) || ' differs between archive and history'
FROM ratings r
LEFT JOIN season_standings s ON s.player = r.player
LEFT JOIN rating_changes c ON c.player = s.player AND c.number = s.version + 1
WHERE r.player = ?1
  AND s.season IS NOT NULL
  AND (c.season IS NOT s.season OR c.before_rating <> s.rating OR c.before_deviation <> s.deviation OR c.before_volatility <> s.volatility)
LIMIT ?2
