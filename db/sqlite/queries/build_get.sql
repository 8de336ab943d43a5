SELECT build FROM builds WHERE hash = ?1
