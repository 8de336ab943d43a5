INSERT INTO queue_states (queue, paused, reason, changed_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (queue) DO UPDATE SET paused = excluded.paused, reason = excluded.reason,
    changed_at = greatest(excluded.changed_at, queue_states.changed_at + 1)
RETURNING queue, paused, reason, changed_at
