-- A match fought with another build than its ticket had when it was queued.
SELECT 'match ' || s.match_id || ' seats build ' || encode(s.build, 'hex') || ', ticket ' || s.ticket || ' was queued with ' || encode(t.build, 'hex')
FROM match_seats s JOIN tickets t ON t.player = s.player AND t.id = s.ticket
WHERE s.build <> t.build
LIMIT $1
