SELECT t.state = 0 AND t.queue IS ?3, t.build, coalesce(t.widen_to, t.spread), r.rating
FROM tickets t LEFT JOIN ratings r ON r.player = t.player
WHERE t.player = ?1 AND t.id = ?2
