INSERT INTO rating_changes (
    player, number, season,
    before_rating, before_deviation, before_volatility,
    after_rating, after_deviation, after_volatility,
    algorithm, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
