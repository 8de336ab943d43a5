UPDATE seasons SET archived = archived + 1 WHERE number = ?1
