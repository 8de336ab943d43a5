SELECT id, identity, name, created_at FROM players WHERE identity = $1
