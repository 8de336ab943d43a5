-- In parentheses the array tells the planner nothing, so that one plan is as good as any other and is kept.
SELECT r.rating, r.deviation, r.volatility, r.version, r.rated_at, r.won, r.lost, r.drawn
FROM unnest((SELECT $1::uuid[])) WITH ORDINALITY AS w (player, ord)
LEFT JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = w.player OFFSET 0) AS r ON true
ORDER BY w.ord
