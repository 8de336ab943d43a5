INSERT INTO season_standings (player, season, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT player, ?2, rating, deviation, volatility, version, rated_at, won, lost, drawn FROM ratings WHERE player = ?1
