INSERT INTO matches (id, mode, state, queue, epoch, boot, engine, rules_version, content, rng, seed, created_at)
VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
