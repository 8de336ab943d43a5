SELECT c.player, c.match_id, c.number,
       c.before_rating, c.before_deviation, c.before_volatility,
       c.after_rating, c.after_deviation, c.after_volatility,
       c.opponent_rating, c.opponent_deviation, c.opponent_volatility,
       c.score, c.idle_micros, c.algorithm, c.at
FROM match_seats s
JOIN rating_changes c ON c.match_id = s.match_id AND c.player = s.player
WHERE s.match_id = ?1
ORDER BY s.side
