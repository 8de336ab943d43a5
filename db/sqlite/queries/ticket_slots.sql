SELECT slot FROM tickets WHERE player = ?1 AND slot IS NOT NULL ORDER BY slot
