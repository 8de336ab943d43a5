INSERT INTO replay_spool (replay_key, size, checksum, replay, spooled_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (replay_key) DO NOTHING
