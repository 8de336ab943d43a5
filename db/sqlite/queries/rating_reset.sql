UPDATE ratings SET rating = ?2, deviation = ?3, volatility = ?4, version = ?5 WHERE player = ?1
