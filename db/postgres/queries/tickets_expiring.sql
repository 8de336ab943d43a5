SELECT player, id FROM tickets WHERE state = 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2
