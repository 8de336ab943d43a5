SELECT replay_key, size, checksum, replay FROM replay_spool ORDER BY spooled_at, number LIMIT $1
