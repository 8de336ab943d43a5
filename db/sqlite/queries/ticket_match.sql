UPDATE tickets SET state = 1, match_id = ?3 WHERE player = ?1 AND id = ?2
