SELECT count(*) FROM failures f JOIN matches m ON m.id = f.match_id
WHERE f.match_id = ?1 AND f.rules_version = ?2 AND m.rules_version = ?2 AND m.content = ?3
