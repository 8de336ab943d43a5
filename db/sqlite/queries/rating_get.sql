SELECT rating, deviation, volatility, version, rated_at, won, lost, drawn FROM ratings WHERE player = ?1
