SELECT count(*) FROM failures WHERE match_id = ?1
