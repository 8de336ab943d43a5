-- A change computed against something else than the opponent's rating before the same match.
SELECT 'change ' || c.number || ' of ' || c.player || ' was computed against ' || c.opponent_rating || ', its opponent had ' || o.before_rating
FROM unnest($1::uuid[], $2::bigint[]) AS k (player, number)
CROSS JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.player = k.player AND c.number = k.number OFFSET 0) AS c
LEFT JOIN LATERAL (SELECT * FROM rating_changes AS o WHERE o.match_id = c.match_id AND o.player <> c.player OFFSET 0) AS o ON true
WHERE (c.opponent_rating <> o.before_rating OR c.opponent_deviation <> o.before_deviation OR c.opponent_volatility <> o.before_volatility)
LIMIT $3
