UPDATE epochs SET made = made + ?3 WHERE queue = ?1 AND epoch = ?2
