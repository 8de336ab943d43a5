SELECT seq, trimmed FROM event_heads WHERE player = ?1
