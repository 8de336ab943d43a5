-- Spooled bytes that are not the replay of a result.
SELECT 'spooled replay "' || p.replay_key || '" of ' || length(p.replay) || ' bytes is no result''s'
FROM replay_spool p
WHERE NOT EXISTS (
    SELECT 1 FROM match_results r
    WHERE r.replay_key = p.replay_key AND r.replay_size = length(p.replay) AND r.replay_checksum = p.checksum)
LIMIT $1
