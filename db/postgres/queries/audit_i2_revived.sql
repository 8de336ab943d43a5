-- An id that was recorded as cancelled and accepted afterwards.
SELECT 'ticket ' || d.ticket || ' of ' || d.player || ' was accepted after its cancel'
FROM tombstones d JOIN tickets t ON t.player = d.player AND t.id = d.ticket
LIMIT $1
