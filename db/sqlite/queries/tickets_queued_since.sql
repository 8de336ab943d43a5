SELECT t.player, t.id, t.build, t.spread, t.widen_to, r.rating, t.enqueued_at
FROM tickets t LEFT JOIN ratings r ON r.player = t.player
WHERE t.state = 0 AND t.queue = ?1 AND t.enqueued_at >= ?2
ORDER BY t.enqueued_at
LIMIT ?3
