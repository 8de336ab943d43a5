SELECT * FROM match_records WHERE id = $1
