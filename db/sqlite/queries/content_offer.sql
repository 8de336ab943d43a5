INSERT INTO published_contents (rules_version, hash, origin, published_at) VALUES (?1, ?2, 0, ?3)
ON CONFLICT (rules_version) DO UPDATE SET hash = excluded.hash, published_at = excluded.published_at
WHERE published_contents.origin = 0 AND published_contents.hash <> excluded.hash
