-- A ticket that is in a match, or was, without a seat there.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' in state ' || t.state || ' has no seat in match ' || coalesce(t.match_id::text, '?')
FROM tickets t
WHERE (t.state IN (1, 2) OR t.match_id IS NOT NULL)
  AND NOT EXISTS (SELECT 1 FROM match_seats s WHERE s.player = t.player AND s.ticket = t.id AND s.match_id = t.match_id)
LIMIT $1
