SELECT replay FROM replay_spool WHERE replay_key = $1
