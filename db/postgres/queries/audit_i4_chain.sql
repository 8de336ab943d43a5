-- A change that is not the next one, or does not begin where the one before it ended.
SELECT 'change ' || c.number || ' of ' || c.player || ' begins at ' || c.before_rating || ', change ' || (c.number - 1) || ' ended at '
    || coalesce(b.after_rating::text, '?')
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, number)
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = k.player AND c.number = k.number OFFSET 0) AS c
LEFT JOIN LATERAL (SELECT * FROM rating_changes AS b WHERE b.player = c.player AND b.number = c.number - 1 OFFSET 0) AS b ON true
WHERE CASE WHEN c.number = 1 THEN c.before_rating <> 1500.0 OR c.before_deviation <> 350.0 OR c.before_volatility <> 0.06
         ELSE b.after_rating IS DISTINCT FROM c.before_rating OR b.after_deviation IS DISTINCT FROM c.before_deviation
           OR b.after_volatility IS DISTINCT FROM c.before_volatility END
LIMIT $3
