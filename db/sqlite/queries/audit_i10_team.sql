-- A match fought with another build than its ticket had when it was queued.
SELECT 'match ' || hex(s.match_id) || ' seats build ' || hex(s.build) || ', ticket ' || hex(s.ticket) || ' was queued with ' || hex(t.build)
FROM match_seats s JOIN tickets t ON t.player = s.player AND t.id = s.ticket
WHERE s.build <> t.build
LIMIT ?1
