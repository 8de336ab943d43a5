-- A match fought with another build than its ticket had when it was queued.
SELECT 'match ' || hex(m.id) || ' seats build ' || hex(s.build) || ', ticket ' || hex(s.ticket) || ' was queued with ' || hex(t.build)
FROM matches m
LEFT JOIN match_seats s ON s.match_id = m.id
LEFT JOIN tickets t ON t.player = s.player AND t.id = s.ticket
WHERE m.id = ?1
  AND s.build <> t.build
LIMIT ?2
