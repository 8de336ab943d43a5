SELECT count(*) FROM teams WHERE player = ?1
