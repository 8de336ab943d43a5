-- Minting epochs and making matches: see V2 for how the functions lock and why their plans are forced.

-- Mints the next epoch of a queue for `p_boot`. Updating the leader's row waits out the commits that hold it, so that what they
-- made is counted in the statement after.
CREATE FUNCTION tiltyard_mint(p_queue text, p_boot uuid, p_at bigint) RETURNS bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
    v_epoch bigint;
BEGIN
    INSERT INTO leaders AS l (queue, epoch, boot) VALUES (p_queue, 1, p_boot)
    ON CONFLICT (queue) DO UPDATE SET epoch = l.epoch + 1, boot = excluded.boot
    RETURNING l.epoch INTO v_epoch;

    UPDATE epochs AS e
    SET closed_with = (SELECT coalesce(sum(c.made), 0) FROM epoch_counts AS c WHERE c.queue = p_queue AND c.epoch = e.epoch)
    WHERE e.queue = p_queue AND e.epoch = v_epoch - 1;

    INSERT INTO epochs (queue, epoch, boot, minted_at) VALUES (p_queue, v_epoch, p_boot, p_at);
    RETURN v_epoch;
END
$$;

-- Makes matches of queued tickets, each pairing decided against what the one before it left. Answers a row per pairing: its
-- outcome (0 done, 1 already, 2 gone, 3 out of spread), for 0 the builds, for 2 whose ticket is gone, for 3 the current ratings;
-- for a caller who is not the leader of the epoch a single row of outcome 9.
CREATE FUNCTION tiltyard_commit_matches(
    p_queue text, p_epoch bigint, p_boot uuid, p_at bigint,
    p_matches uuid[], p_left_players uuid[], p_left_tickets uuid[], p_right_players uuid[], p_right_tickets uuid[],
    p_engines text[], p_rules_versions bigint[], p_contents bytea[], p_rngs text[], p_seeds bytea[])
RETURNS TABLE (
    outcome smallint, left_build bytea, right_build bytea, left_gone boolean, right_gone boolean,
    left_rating float8, right_rating float8)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_pairs    constant integer := cardinality(p_matches);
    v_players  constant uuid[] := p_left_players || p_right_players;
    v_tickets  constant uuid[] := p_left_tickets || p_right_tickets;
    -- By seat, the left ones first: a number per ticket, what its ticket and its player have.
    v_keys     integer[];
    v_builds   bytea[];
    v_spreads  integer[];
    v_ratings  float8[];
    -- By pairing: a number per match, whether it was made before.
    v_numbers  integer[];
    v_known    boolean[];
    -- By the numbers: what this batch took and made.
    v_taken    boolean[] := array_fill(false, ARRAY[2 * v_pairs]);
    v_made     boolean[] := array_fill(false, ARRAY[v_pairs]);
    v_outcomes smallint[] := array_fill(NULL::smallint, ARRAY[v_pairs]);
    v_gone     boolean[] := array_fill(false, ARRAY[2 * v_pairs]);
    v_count    integer := 0;
    v_rows     bigint;
BEGIN
    PERFORM 1 FROM leaders AS l WHERE l.queue = p_queue AND l.epoch = p_epoch AND l.boot = p_boot FOR SHARE;
    IF NOT FOUND THEN
        RETURN QUERY SELECT 9::smallint, NULL::bytea, NULL::bytea, NULL::boolean, NULL::boolean, NULL::float8, NULL::float8;
        RETURN;
    END IF;
    PERFORM tiltyard_lock_tickets(v_players, v_tickets);

    SELECT array_agg(s.key ORDER BY s.ord), array_agg(s.build ORDER BY s.ord), array_agg(s.spread ORDER BY s.ord),
           array_agg(s.rating ORDER BY s.ord)
    INTO v_keys, v_builds, v_spreads, v_ratings
    FROM (
        SELECT w.ord, t.build, t.spread, coalesce(r.rating, 1500.0) AS rating, dense_rank() OVER (ORDER BY w.player, w.ticket) AS key
        FROM unnest(v_players, v_tickets) WITH ORDINALITY AS w (player, ticket, ord)
        LEFT JOIN LATERAL (
            -- The promise: the widest that the ticket allows. State and queue are looked at afterwards, or the planner would take
            -- an index of queued tickets, and walk the queue for each of them.
            SELECT t.build, coalesce(t.widen_to, t.spread) AS spread, t.state, t.queue FROM tickets AS t
            WHERE t.player = w.player AND t.id = w.ticket OFFSET 0) AS t ON t.state = 0 AND t.queue = p_queue
        LEFT JOIN LATERAL (SELECT r.rating FROM ratings AS r WHERE r.player = w.player OFFSET 0) AS r ON true
    ) AS s;
    SELECT array_agg(m.number ORDER BY m.ord), array_agg(m.known ORDER BY m.ord) INTO v_numbers, v_known
    FROM (
        SELECT w.ord, dense_rank() OVER (ORDER BY w.id) AS number, coalesce(m.known, false) AS known
        FROM unnest(p_matches) WITH ORDINALITY AS w (id, ord)
        LEFT JOIN LATERAL (SELECT true AS known FROM matches AS m WHERE m.id = w.id OFFSET 0) AS m ON true
    ) AS m;

    FOR i IN 1 .. v_pairs LOOP
        IF v_known[i] OR v_made[v_numbers[i]] THEN
            v_outcomes[i] := 1;
            CONTINUE;
        END IF;
        v_gone[i] := v_spreads[i] IS NULL OR v_taken[v_keys[i]];
        v_gone[v_pairs + i] := v_spreads[v_pairs + i] IS NULL OR v_taken[v_keys[v_pairs + i]];
        IF v_gone[i] OR v_gone[v_pairs + i] OR v_players[i] = v_players[v_pairs + i] THEN
            v_outcomes[i] := 2;
        ELSIF abs(v_ratings[i] - v_ratings[v_pairs + i]) > least(v_spreads[i], v_spreads[v_pairs + i]) THEN
            v_outcomes[i] := 3;
        ELSE
            v_outcomes[i] := 0;
            v_taken[v_keys[i]] := true;
            v_taken[v_keys[v_pairs + i]] := true;
            v_made[v_numbers[i]] := true;
            v_count := v_count + 1;
        END IF;
    END LOOP;

    IF v_count > 0 THEN
        INSERT INTO matches (id, mode, state, queue, epoch, boot, engine, rules_version, content, rng, seed, created_at)
        SELECT w.id, 0, 0, p_queue, p_epoch, p_boot, w.engine, w.rules_version, w.content, w.rng, w.seed, p_at
        FROM unnest(p_matches, p_engines, p_rules_versions, p_contents, p_rngs, p_seeds, v_outcomes)
            AS w (id, engine, rules_version, content, rng, seed, outcome)
        WHERE w.outcome = 0 ORDER BY w.id
        ON CONFLICT (id) DO NOTHING;
        GET DIAGNOSTICS v_rows = ROW_COUNT;
        IF v_rows <> v_count THEN
            -- Somebody made a match of this id from other tickets meanwhile: the next try sees it.
            RAISE EXCEPTION 'a match was made elsewhere' USING ERRCODE = 'serialization_failure';
        END IF;

        INSERT INTO match_seats (match_id, side, player, ticket, build, created_at)
        SELECT p_matches[1 + (w.ord - 1) % v_pairs], (w.ord - 1) / v_pairs, w.player, w.ticket, w.build, p_at
        FROM unnest(v_players, v_tickets, v_builds) WITH ORDINALITY AS w (player, ticket, build, ord)
        WHERE v_outcomes[1 + (w.ord - 1) % v_pairs] = 0;

        UPDATE tickets AS t SET state = 1, match_id = w.id
        FROM unnest(v_players, v_tickets, p_matches || p_matches, v_outcomes || v_outcomes) AS w (player, ticket, id, outcome)
        WHERE w.outcome = 0 AND t.player = w.player AND t.id = w.ticket;

        INSERT INTO epoch_counts AS c (queue, epoch, stripe, made) VALUES (p_queue, p_epoch, pg_backend_pid() % 8, v_count)
        ON CONFLICT (queue, epoch, stripe) DO UPDATE SET made = c.made + excluded.made;
    END IF;

    RETURN QUERY
    SELECT * FROM unnest(
        v_outcomes, v_builds[1 : v_pairs], v_builds[v_pairs + 1 : 2 * v_pairs], v_gone[1 : v_pairs], v_gone[v_pairs + 1 : 2 * v_pairs],
        v_ratings[1 : v_pairs], v_ratings[v_pairs + 1 : 2 * v_pairs]);
END
$$;

-- Stamps pending matches anew, `p_limit` at most and the oldest first, whose rules version is none of `p_kept`, and returns their
-- ids; NULL to a caller who is not the leader of the epoch. Finishing locks a match's tickets before it, which stay as they are
-- here; a match that somebody holds is passed over, since it may be about to end.
CREATE FUNCTION tiltyard_restamp(
    p_queue text, p_epoch bigint, p_boot uuid, p_kept bigint[],
    p_engine text, p_rules_version bigint, p_content bytea, p_rng text, p_limit bigint) RETURNS uuid[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
    v_ids uuid[];
BEGIN
    PERFORM 1 FROM leaders AS l WHERE l.queue = p_queue AND l.epoch = p_epoch AND l.boot = p_boot FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT array_agg(m.id) INTO v_ids
    FROM (SELECT m.id FROM matches AS m WHERE m.state = 0 AND m.rules_version <> ALL (p_kept)
          ORDER BY m.created_at, m.id LIMIT p_limit) AS m;
    SELECT coalesce(array_agg(m.id), '{}') INTO v_ids
    FROM (SELECT m.id FROM matches AS m WHERE m.id = ANY (v_ids) AND m.state = 0 AND m.rules_version <> ALL (p_kept)
          ORDER BY m.id FOR NO KEY UPDATE SKIP LOCKED) AS m;
    UPDATE matches AS m SET engine = p_engine, rules_version = p_rules_version, content = p_content, rng = p_rng
    WHERE m.id = ANY (v_ids);
    RETURN v_ids;
END
$$;

-- Matches with all that is stored of them, looked up match by match. A change of rating takes 14 columns, the left player's first.
CREATE VIEW match_records AS
SELECT m.id, m.mode, m.engine, m.rules_version, m.content, m.rng, m.seed, m.created_at, m.state,
       a.player AS left_player, a.ticket AS left_ticket, a.bot AS left_bot, a.build AS left_build,
       b.player AS right_player, b.ticket AS right_ticket, b.bot AS right_bot, b.build AS right_build,
       r.winner, r.reason, r.ticks, r.state_hash, r.result, r.replay_key, r.replay_size, r.replay_checksum, r.finished_at,
       d.why,
       c.number AS left_number, c.before_rating AS left_before_rating, c.before_deviation AS left_before_deviation,
       c.before_volatility AS left_before_volatility, c.after_rating AS left_after_rating,
       c.after_deviation AS left_after_deviation, c.after_volatility AS left_after_volatility,
       c.opponent_rating AS left_opponent_rating, c.opponent_deviation AS left_opponent_deviation,
       c.opponent_volatility AS left_opponent_volatility, c.score AS left_score, c.idle_micros AS left_idle_micros,
       c.algorithm AS left_algorithm, c.at AS left_at,
       e.number AS right_number, e.before_rating AS right_before_rating, e.before_deviation AS right_before_deviation,
       e.before_volatility AS right_before_volatility, e.after_rating AS right_after_rating,
       e.after_deviation AS right_after_deviation, e.after_volatility AS right_after_volatility,
       e.opponent_rating AS right_opponent_rating, e.opponent_deviation AS right_opponent_deviation,
       e.opponent_volatility AS right_opponent_volatility, e.score AS right_score, e.idle_micros AS right_idle_micros,
       e.algorithm AS right_algorithm, e.at AS right_at
FROM matches AS m
LEFT JOIN LATERAL (SELECT * FROM match_seats AS s WHERE s.match_id = m.id AND s.side = 0 OFFSET 0) AS a ON true
LEFT JOIN LATERAL (SELECT * FROM match_seats AS s WHERE s.match_id = m.id AND s.side = 1 OFFSET 0) AS b ON true
LEFT JOIN LATERAL (SELECT * FROM match_results AS r WHERE m.state = 1 AND r.match_id = m.id OFFSET 0) AS r ON true
LEFT JOIN LATERAL (SELECT * FROM dead_letters AS d WHERE m.state = 2 AND d.match_id = m.id OFFSET 0) AS d ON true
LEFT JOIN LATERAL (
    SELECT * FROM rating_changes AS c WHERE m.state = 1 AND c.match_id = m.id AND c.player = a.player OFFSET 0) AS c ON true
LEFT JOIN LATERAL (
    SELECT * FROM rating_changes AS c WHERE m.state = 1 AND c.match_id = m.id AND c.player = b.player OFFSET 0) AS e ON true;
