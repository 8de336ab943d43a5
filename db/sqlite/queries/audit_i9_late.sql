-- Spooled bytes that nobody could upload for too long.
SELECT 'spooled replay "' || replay_key || '" was not uploaded since ' || spooled_at
FROM replay_spool WHERE spooled_at < ?1
ORDER BY spooled_at
LIMIT ?2
