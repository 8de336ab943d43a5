-- A result without a replay.
SELECT 'result of match ' || match_id || ' names replay "' || replay_key || '" of ' || replay_size || ' bytes'
FROM match_results WHERE replay_key = '' OR replay_size <= 0
LIMIT $1
