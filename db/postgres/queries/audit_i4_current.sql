-- A rating that is not where its last change ended, or where every player starts, or counts other games than its history has.
SELECT 'rating of ' || r.player || ' at version ' || r.version || ' differs from its history'
FROM unnest($1::uuid[]) AS k (player)
CROSS JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = k.player OFFSET 0) AS r
LEFT JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = r.player AND c.number = r.version OFFSET 0) AS c ON true
CROSS JOIN LATERAL (SELECT count(*) AS seasons FROM season_standings AS s WHERE s.player = r.player) AS s
WHERE (r.rating, r.deviation, r.volatility) IS DISTINCT FROM
        (CASE r.version WHEN 0 THEN 1500.0 ELSE c.after_rating END, CASE r.version WHEN 0 THEN 350.0 ELSE c.after_deviation END,
         CASE r.version WHEN 0 THEN 0.06 ELSE c.after_volatility END)
   OR r.won + r.lost + r.drawn + s.seasons <> r.version
LIMIT $2
