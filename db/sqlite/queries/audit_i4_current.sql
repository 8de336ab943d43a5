-- A rating that is not where its last change ended, or counts other games than its history has.
SELECT 'rating of ' || hex(r.player) || ' at version ' || r.version || ' differs from its history'
FROM ratings r
LEFT JOIN rating_changes c ON c.player = r.player AND c.number = r.version
WHERE r.player = ?1
  AND (c.after_rating IS NOT r.rating OR c.after_deviation IS NOT r.deviation OR c.after_volatility IS NOT r.volatility
    OR r.won + r.lost + r.drawn + (SELECT count(*) FROM season_standings s WHERE s.player = r.player) <> r.version)
LIMIT ?2
