UPDATE matches SET engine = ?2, rules_version = ?3, content = ?4, rng = ?5 WHERE id = ?1
