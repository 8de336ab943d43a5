SELECT season, rating, deviation, volatility, version, rated_at, won, lost, drawn
FROM season_standings WHERE player = ?1 ORDER BY season
