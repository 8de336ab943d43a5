-- A seat with a build that nobody can fight with, since its bytes were never stored.
SELECT 'match ' || m.id || ' names the unknown build ' || encode(s.build, 'hex')
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM match_seats AS s WHERE s.match_id = m.id OFFSET 0) AS s ON true
LEFT JOIN LATERAL (SELECT * FROM builds AS b WHERE b.hash = s.build OFFSET 0) AS b ON true
WHERE s.build IS NOT NULL AND b.hash IS NULL
LIMIT $2
