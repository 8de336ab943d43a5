UPDATE event_heads SET trimmed = ?2 WHERE player = ?1
