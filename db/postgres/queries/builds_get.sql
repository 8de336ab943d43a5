-- In parentheses the array tells the planner nothing, so that one plan is as good as any other and is kept.
SELECT b.build
FROM unnest((SELECT $1::bytea[])) WITH ORDINALITY AS w (hash, ord)
LEFT JOIN LATERAL (SELECT b.build FROM builds AS b WHERE b.hash = w.hash OFFSET 0) AS b ON true
ORDER BY w.ord
