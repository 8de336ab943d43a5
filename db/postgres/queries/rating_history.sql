SELECT player, match_id, number,
       before_rating, before_deviation, before_volatility,
       after_rating, after_deviation, after_volatility,
       opponent_rating, opponent_deviation, opponent_volatility,
       score, idle_micros, algorithm, at, season
FROM rating_changes WHERE player = $1 AND number > $2
ORDER BY number
LIMIT $3
