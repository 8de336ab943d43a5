SELECT t.player, t.id, t.build, t.spread, t.widen_to, r.rating, t.enqueued_at
FROM tickets AS t LEFT JOIN ratings AS r ON r.player = t.player
WHERE t.state = 0 AND t.queue = $1
