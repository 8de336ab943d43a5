SELECT player FROM event_heads WHERE player > ?1 ORDER BY player LIMIT ?2
