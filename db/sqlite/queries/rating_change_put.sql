INSERT INTO rating_changes (
    player, match_id, number,
    before_rating, before_deviation, before_volatility,
    after_rating, after_deviation, after_volatility,
    opponent_rating, opponent_deviation, opponent_volatility,
    score, idle_micros, algorithm, at)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)
