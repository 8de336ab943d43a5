-- In parentheses the array tells the planner nothing, so that one plan is as good as any other and is kept.
SELECT coalesce(h.seq, 0)
FROM unnest((SELECT $1::uuid[])) WITH ORDINALITY AS w (player, ord)
LEFT JOIN LATERAL (SELECT h.seq FROM event_heads AS h WHERE h.player = w.player OFFSET 0) AS h ON true
ORDER BY w.ord
