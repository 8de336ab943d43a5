SELECT queue, paused, reason, changed_at FROM queue_states ORDER BY queue
