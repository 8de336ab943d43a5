-- A ticket with a build that nobody can fight with, since its bytes were never stored.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' names the unknown build ' || hex(t.build)
FROM tickets t
LEFT JOIN builds b ON b.hash = t.build
WHERE t.player = ?1 AND t.id = ?2
  AND b.hash IS NULL
LIMIT ?3
