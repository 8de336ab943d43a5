-- The bound on the slot leads to the index of live tickets: the planner does not know how few of a player's tickets are live.
SELECT id, build, queue, spread, state, enqueued_at, match_id
FROM tickets WHERE player = $1 AND slot >= 0
ORDER BY enqueued_at, id
