UPDATE epochs SET closed_with = made WHERE queue = ?1 AND epoch = ?2
