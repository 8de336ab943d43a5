INSERT INTO players (id, identity, name, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING
