-- A change that is not the next one, or does not begin where the one before it ended.
SELECT 'change ' || c.number || ' of ' || hex(c.player) || ' begins at ' || c.before_rating || ', change ' || (c.number - 1) || ' ended at '
    || ifnull(b.after_rating, '?')
FROM rating_changes c
LEFT JOIN rating_changes b ON b.player = c.player AND b.number = c.number - 1
WHERE c.player = ?1 AND c.number = ?2
  AND CASE WHEN c.number = 1 THEN c.before_rating <> 1500.0 OR c.before_deviation <> 350.0 OR c.before_volatility <> 0.06
         ELSE b.after_rating IS NOT c.before_rating OR b.after_deviation IS NOT c.before_deviation
           OR b.after_volatility IS NOT c.before_volatility END
LIMIT ?3
