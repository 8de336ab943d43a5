SELECT t.player, t.id, t.build, t.spread, t.widen_to, r.rating, t.enqueued_at
FROM (SELECT * FROM tickets AS t WHERE t.state = 0 AND t.queue = $1 AND (t.player, t.id) > ($2, $3) ORDER BY t.player, t.id LIMIT $4) AS t
LEFT JOIN LATERAL (SELECT r.rating FROM ratings AS r WHERE r.player = t.player OFFSET 0) AS r ON true
ORDER BY t.player, t.id
