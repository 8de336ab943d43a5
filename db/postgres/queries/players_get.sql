-- In parentheses the array tells the planner nothing, so that one plan is as good as any other and is kept.
SELECT p.id, p.identity, p.name, p.created_at
FROM unnest((SELECT $1::uuid[])) WITH ORDINALITY AS w (id, ord)
LEFT JOIN LATERAL (SELECT * FROM players AS p WHERE p.id = w.id OFFSET 0) AS p ON true
ORDER BY w.ord
