-- A rating that is not where its last change ended, or where every player starts, or counts other games than its history has.
SELECT 'rating of ' || r.player || ' at version ' || r.version || ' differs from its history'
FROM ratings r
LEFT JOIN rating_changes c ON c.player = r.player AND c.number = r.version
WHERE (r.rating, r.deviation, r.volatility) IS DISTINCT FROM
        (CASE r.version WHEN 0 THEN 1500.0 ELSE c.after_rating END, CASE r.version WHEN 0 THEN 350.0 ELSE c.after_deviation END,
         CASE r.version WHEN 0 THEN 0.06 ELSE c.after_volatility END)
   OR r.won + r.lost + r.drawn + (SELECT count(*) FROM season_standings s WHERE s.player = r.player) <> r.version
   OR EXISTS (SELECT 1 FROM rating_changes later WHERE later.player = r.player AND later.number > r.version)
LIMIT $1
