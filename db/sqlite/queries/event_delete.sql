DELETE FROM events WHERE player = ?1 AND seq = ?2
