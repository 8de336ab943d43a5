INSERT INTO dead_letters (match_id, why, at) VALUES (?1, ?2, ?3)
