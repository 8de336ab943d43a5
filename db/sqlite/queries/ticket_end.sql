UPDATE tickets SET state = ?3, slot = NULL, ended_at = ?4, told_seq = ?5 WHERE player = ?1 AND id = ?2
