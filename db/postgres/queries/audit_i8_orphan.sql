-- Events of a log without a head.
SELECT 'log of ' || e.player || ' has no head'
FROM events e WHERE NOT EXISTS (SELECT 1 FROM event_heads h WHERE h.player = e.player)
GROUP BY e.player
LIMIT $1
