-- The planner would walk all tickets the player ever had: it does not know how few of them are live.
SELECT id, build, queue, spread, state, enqueued_at, match_id, request
FROM tickets INDEXED BY tickets_slot WHERE player = ?1 AND slot IS NOT NULL
ORDER BY enqueued_at, id
