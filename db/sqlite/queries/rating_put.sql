INSERT INTO ratings (player, rating, deviation, volatility, version, rated_at, won, lost, drawn)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
ON CONFLICT (player) DO UPDATE SET
    rating = excluded.rating, deviation = excluded.deviation, volatility = excluded.volatility,
    version = excluded.version, rated_at = excluded.rated_at,
    won = won + excluded.won, lost = lost + excluded.lost, drawn = drawn + excluded.drawn
