SELECT q.queue, q.paused, q.reason, q.changed_at FROM queue_states AS q ORDER BY q.queue
