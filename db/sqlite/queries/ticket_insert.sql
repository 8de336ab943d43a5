INSERT INTO tickets (player, id, request, build, queue, spread, widen_to, state, slot, enqueued_at, expires_at, match_id)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
