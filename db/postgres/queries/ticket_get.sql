SELECT id, build, queue, spread, state, enqueued_at, match_id FROM tickets WHERE player = $1 AND id = $2
