SELECT id, build, queue, spread, state, enqueued_at, match_id, request
FROM tickets WHERE player = ?1 AND slot IS NOT NULL
ORDER BY enqueued_at, id
