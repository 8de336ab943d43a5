-- A build that nobody can fight with, since its bytes were never stored.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' names the unknown build ' || hex(t.build)
FROM tickets t WHERE NOT EXISTS (SELECT 1 FROM builds b WHERE b.hash = t.build)
UNION ALL
SELECT 'match ' || hex(s.match_id) || ' names the unknown build ' || hex(s.build)
FROM match_seats s WHERE NOT EXISTS (SELECT 1 FROM builds b WHERE b.hash = s.build)
LIMIT ?1
