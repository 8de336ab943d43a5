INSERT INTO contents (hash, bundle, stored_at) VALUES ($1, $2, $3)
ON CONFLICT (hash) DO NOTHING
