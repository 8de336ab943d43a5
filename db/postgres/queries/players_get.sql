SELECT p.id, p.identity, p.name, p.created_at
FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, ord)
LEFT JOIN LATERAL (SELECT * FROM players AS p WHERE p.id = w.id OFFSET 0) AS p ON true
ORDER BY w.ord
