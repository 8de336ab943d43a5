-- A change computed against something else than the opponent's rating before the same match.
SELECT 'change ' || c.number || ' of ' || hex(c.player) || ' was computed against ' || c.opponent_rating || ', its opponent had ' || o.before_rating
FROM rating_changes c
LEFT JOIN rating_changes o ON o.match_id = c.match_id AND o.player <> c.player
WHERE c.player = ?1 AND c.number = ?2
  AND (c.opponent_rating <> o.before_rating OR c.opponent_deviation <> o.before_deviation OR c.opponent_volatility <> o.before_volatility)
LIMIT ?3
