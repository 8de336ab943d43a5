-- An event about somebody else's ticket.
SELECT 'event ' || e.seq || ' of ' || e.player || ' is about ticket ' || e.ticket || ', which is not theirs'
FROM events e WHERE NOT EXISTS (SELECT 1 FROM tickets t WHERE t.player = e.player AND t.id = e.ticket)
LIMIT $1
