-- Locked in the order of the keys, so that two of these never wait for each other in a circle.
DELETE FROM replay_spool
WHERE replay_key = ANY (ARRAY(SELECT p.replay_key FROM replay_spool AS p WHERE p.replay_key = ANY ($1) ORDER BY p.replay_key FOR UPDATE))
