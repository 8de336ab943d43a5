-- Seasons: their ends, what they archive, and the steps they write into histories of ratings. See V2 for how functions lock and
-- why their plans are forced. After ratings by player comes the season.

CREATE TABLE seasons (
    number    bigint PRIMARY KEY,
    name      text NOT NULL UNIQUE,
    keep      float8 NOT NULL CHECK (keep BETWEEN 0 AND 1),
    deviation float8 NOT NULL CHECK (deviation BETWEEN 0 AND 350),
    began_at  bigint NOT NULL,
    ended_at  bigint,
    archived  bigint NOT NULL
);

-- One ends at a time.
CREATE UNIQUE INDEX seasons_ending ON seasons ((true)) WHERE ended_at IS NULL;

CREATE TABLE season_standings (
    player     uuid NOT NULL,
    season     bigint NOT NULL REFERENCES seasons (number),
    rating     float8 NOT NULL,
    deviation  float8 NOT NULL,
    volatility float8 NOT NULL,
    version    bigint NOT NULL,
    rated_at   bigint,
    won        bigint NOT NULL,
    lost       bigint NOT NULL,
    drawn      bigint NOT NULL,
    PRIMARY KEY (player, season)
);

ALTER TABLE rating_changes
    ALTER COLUMN match_id DROP NOT NULL,
    ALTER COLUMN opponent_rating DROP NOT NULL,
    ALTER COLUMN opponent_deviation DROP NOT NULL,
    ALTER COLUMN opponent_volatility DROP NOT NULL,
    ALTER COLUMN score DROP NOT NULL,
    ALTER COLUMN idle_micros DROP NOT NULL,
    -- What changed the rating, if it was not a match.
    ADD COLUMN season bigint,
    ADD CONSTRAINT rating_changes_cause CHECK (
        num_nonnulls(match_id, opponent_rating, opponent_deviation, opponent_volatility, score, idle_micros)
        = CASE WHEN season IS NULL THEN 6 ELSE 0 END);

-- One change per player and season.
CREATE UNIQUE INDEX rating_changes_season ON rating_changes (season, player) WHERE season IS NOT NULL;

-- NaN is over every number to PostgreSQL.
ALTER TABLE ratings ADD CONSTRAINT ratings_sound CHECK (
    rating BETWEEN -1000000 AND 1000000 AND deviation > 0 AND deviation <= 350 AND volatility > 0 AND volatility <= 1);

-- Archives players and resets their ratings; a player occurs once. Answers by item: 0 done, 1 already, 2 conflict.
CREATE FUNCTION tiltyard_reset_ratings(
    p_players uuid[], p_seasons bigint[], p_numbers bigint[], p_ratings float8[], p_deviations float8[], p_volatilities float8[],
    p_algorithms integer[], p_at bigint[])
RETURNS smallint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_outcomes smallint[];
BEGIN
    PERFORM 1 FROM ratings AS r WHERE r.player = ANY (p_players) ORDER BY r.player FOR NO KEY UPDATE;

    -- Whoever was never rated has nothing to archive.
    SELECT array_agg((CASE WHEN s.season IS NOT NULL THEN 1 WHEN r.version > 0 AND r.version + 1 = w.number THEN 0 ELSE 2 END)::smallint
                     ORDER BY w.ord)
    INTO v_outcomes
    FROM unnest(p_players, p_seasons, p_numbers) WITH ORDINALITY AS w (player, season, number, ord)
    LEFT JOIN LATERAL (SELECT r.version FROM ratings AS r WHERE r.player = w.player OFFSET 0) AS r ON true
    LEFT JOIN LATERAL (
        SELECT s.season FROM season_standings AS s WHERE s.player = w.player AND s.season = w.season OFFSET 0) AS s ON true;

    INSERT INTO season_standings (player, season, rating, deviation, volatility, version, rated_at, won, lost, drawn)
    SELECT r.player, w.season, r.rating, r.deviation, r.volatility, r.version, r.rated_at, r.won, r.lost, r.drawn
    FROM unnest(p_players, p_seasons, v_outcomes) AS w (player, season, outcome)
    CROSS JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = w.player OFFSET 0) AS r
    WHERE w.outcome = 0;

    INSERT INTO rating_changes (
        player, number, season, before_rating, before_deviation, before_volatility,
        after_rating, after_deviation, after_volatility, algorithm, at)
    SELECT r.player, w.number, w.season, r.rating, r.deviation, r.volatility, w.rating, w.deviation, w.volatility, w.algorithm, w.at
    FROM unnest(p_players, p_seasons, p_numbers, p_ratings, p_deviations, p_volatilities, p_algorithms, p_at, v_outcomes)
        AS w (player, season, number, rating, deviation, volatility, algorithm, at, outcome)
    CROSS JOIN LATERAL (SELECT * FROM ratings AS r WHERE r.player = w.player OFFSET 0) AS r
    WHERE w.outcome = 0;

    UPDATE ratings AS r
    SET rating = w.rating, deviation = w.deviation, volatility = w.volatility, version = w.number
    FROM unnest(p_players, p_numbers, p_ratings, p_deviations, p_volatilities, v_outcomes)
        AS w (player, number, rating, deviation, volatility, outcome)
    WHERE w.outcome = 0 AND r.player = w.player;

    UPDATE seasons AS s SET archived = s.archived + w.players
    FROM (SELECT w.season, count(*) AS players FROM unnest(p_seasons, v_outcomes) AS w (season, outcome)
          WHERE w.outcome = 0 GROUP BY w.season) AS w
    WHERE s.number = w.season;

    RETURN coalesce(v_outcomes, '{}');
END
$$;
