INSERT INTO published_contents (rules_version, hash, origin, published_at) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (rules_version) DO UPDATE SET hash = excluded.hash, origin = excluded.origin, published_at = excluded.published_at
