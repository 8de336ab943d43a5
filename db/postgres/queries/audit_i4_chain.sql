-- A change that is not the next one, or does not begin where the one before it ended.
WITH chain AS (
    SELECT player, number, before_rating, before_deviation, before_volatility,
           lag(number, 1, 0) OVER each AS last_number,
           lag(after_rating, 1, 1500.0) OVER each AS last_rating,
           lag(after_deviation, 1, 350.0) OVER each AS last_deviation,
           lag(after_volatility, 1, 0.06) OVER each AS last_volatility
    FROM rating_changes WINDOW each AS (PARTITION BY player ORDER BY number)
)
SELECT 'change ' || number || ' of ' || player || ' begins at ' || before_rating || ' after change ' || last_number || ' ended at ' || last_rating
FROM chain
WHERE number <> last_number + 1 OR before_rating <> last_rating
   OR before_deviation <> last_deviation OR before_volatility <> last_volatility
LIMIT $1
