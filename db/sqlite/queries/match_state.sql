SELECT m.state, r.state_hash, m.rules_version, m.content FROM matches m LEFT JOIN match_results r ON r.match_id = m.id WHERE m.id = ?1
