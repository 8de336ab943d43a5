SELECT slot FROM tickets INDEXED BY tickets_slot WHERE player = ?1 AND slot IS NOT NULL ORDER BY slot
