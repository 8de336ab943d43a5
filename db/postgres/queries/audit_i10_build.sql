-- A build that nobody can fight with, since its bytes were never stored.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' names the unknown build ' || encode(t.build, 'hex')
FROM tickets t WHERE NOT EXISTS (SELECT 1 FROM builds b WHERE b.hash = t.build)
UNION ALL
SELECT 'match ' || s.match_id || ' names the unknown build ' || encode(s.build, 'hex')
FROM match_seats s WHERE NOT EXISTS (SELECT 1 FROM builds b WHERE b.hash = s.build)
LIMIT $1
