SELECT id FROM matches WHERE id > ?1 ORDER BY id LIMIT ?2
