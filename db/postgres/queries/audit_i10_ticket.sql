-- A ticket with a build that nobody can fight with, since its bytes were never stored.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' names the unknown build ' || encode(t.build, 'hex')
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
LEFT JOIN LATERAL (SELECT * FROM builds AS b WHERE b.hash = t.build OFFSET 0) AS b ON true
WHERE b.hash IS NULL
LIMIT $3
