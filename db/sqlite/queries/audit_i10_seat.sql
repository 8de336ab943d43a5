-- A seat with a build that nobody can fight with, since its bytes were never stored.
SELECT 'match ' || hex(m.id) || ' names the unknown build ' || hex(s.build)
FROM matches m
LEFT JOIN match_seats s ON s.match_id = m.id
LEFT JOIN builds b ON b.hash = s.build
WHERE m.id = ?1
  AND s.build IS NOT NULL AND b.hash IS NULL
LIMIT ?2
