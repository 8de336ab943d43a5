SELECT * FROM match_records WHERE id = $1 AND (left_player = $2 OR right_player = $2)
