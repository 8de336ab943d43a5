SELECT b.build
FROM unnest($1::bytea[]) WITH ORDINALITY AS w (hash, ord)
LEFT JOIN LATERAL (SELECT b.build FROM builds AS b WHERE b.hash = w.hash OFFSET 0) AS b ON true
ORDER BY w.ord
