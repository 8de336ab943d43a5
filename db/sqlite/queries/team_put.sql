INSERT INTO teams (player, id, name, build, updated_at) VALUES (?1, ?2, ?3, ?4, ?5)
ON CONFLICT (player, id) DO UPDATE SET name = excluded.name, build = excluded.build, updated_at = excluded.updated_at
