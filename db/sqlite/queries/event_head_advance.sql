INSERT INTO event_heads (player, seq, trimmed, last_at) VALUES (?1, 1, 0, ?2)
ON CONFLICT (player) DO UPDATE SET seq = seq + 1, last_at = max(last_at, excluded.last_at)
RETURNING seq, last_at
