-- A ticket that is in a match, or was, without a seat there.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' in state ' || t.state || ' has no seat in match ' || ifnull(hex(t.match_id), '?')
FROM tickets t
WHERE t.player = ?1 AND t.id = ?2
  AND (t.state IN (1, 2) OR t.match_id IS NOT NULL)
  AND (SELECT count(*) FROM match_seats s WHERE s.player = t.player AND s.ticket = t.id AND s.match_id = t.match_id) = 0
LIMIT ?3
