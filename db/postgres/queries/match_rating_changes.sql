SELECT c.player, c.match_id, c.number,
       c.before_rating, c.before_deviation, c.before_volatility,
       c.after_rating, c.after_deviation, c.after_volatility,
       c.opponent_rating, c.opponent_deviation, c.opponent_volatility,
       c.score, c.idle_micros, c.algorithm, c.at
FROM unnest($1::uuid[]) AS w (id)
CROSS JOIN LATERAL (SELECT s.match_id, s.side, s.player FROM match_seats AS s WHERE s.match_id = w.id OFFSET 0) AS s
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.match_id = s.match_id AND c.player = s.player OFFSET 0) AS c
ORDER BY s.match_id, s.side
