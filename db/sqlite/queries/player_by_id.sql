SELECT id, identity, name, created_at FROM players WHERE id = ?1
