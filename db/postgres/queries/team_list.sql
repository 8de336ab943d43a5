SELECT id, name, build, updated_at FROM teams WHERE player = $1 ORDER BY id
