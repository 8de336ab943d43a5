INSERT INTO builds (hash, build) VALUES (?1, ?2)
ON CONFLICT (hash) DO NOTHING
