INSERT INTO match_results (match_id, winner, reason, ticks, state_hash, result, replay_key, replay_size, replay_checksum, finished_at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
