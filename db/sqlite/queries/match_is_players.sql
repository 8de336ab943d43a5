SELECT 1 FROM match_seats WHERE match_id = ?1 AND player = ?2
