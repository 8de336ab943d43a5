SELECT seq, event, at FROM events WHERE player = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3
