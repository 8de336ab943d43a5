SELECT t.player, t.id, t.build, t.spread, t.widen_to, r.rating, t.enqueued_at
FROM tickets t LEFT JOIN ratings r ON r.player = t.player
WHERE t.state = 0 AND t.queue = ?1 AND (t.player, t.id) > (?2, ?3)
ORDER BY t.player, t.id
LIMIT ?4
