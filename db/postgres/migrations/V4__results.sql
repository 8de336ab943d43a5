-- Finishing and giving up matches: see V2 for how the functions lock and why their plans are forced.

-- Locks the tickets of matches by (player, id), then the matches by id.
CREATE FUNCTION tiltyard_lock_matches(p_matches uuid[]) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    -- As a join with one ORDER BY it would walk all seats along an index in that order while nobody has analyzed the tables.
    PERFORM 1
    FROM (
        SELECT s.player, s.ticket
        FROM (SELECT DISTINCT w.id FROM unnest(p_matches) AS w (id)) AS w
        CROSS JOIN LATERAL (
            SELECT s.player, s.ticket FROM match_seats AS s WHERE s.match_id = w.id AND s.player IS NOT NULL OFFSET 0) AS s
        ORDER BY s.player, s.ticket OFFSET 0
    ) AS k
    CROSS JOIN LATERAL (SELECT 1 FROM tickets AS t WHERE t.player = k.player AND t.id = k.ticket FOR NO KEY UPDATE) AS t;

    PERFORM 1 FROM matches AS m WHERE m.id = ANY (p_matches) ORDER BY m.id FOR NO KEY UPDATE;
END
$$;

-- Tells the ends of locked matches: stores the events, each naming its match by its place in `p_matches`, ends the tickets of
-- those matches in `p_state`, each with the number of the event about it, and returns the events' numbers.
CREATE FUNCTION tiltyard_tell_ends(
    p_matches uuid[], p_at bigint[], p_state smallint, p_items integer[], p_players uuid[], p_tickets uuid[], p_events text[])
RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_at    bigint[];
    v_seqs  bigint[];
    v_told  bigint;
    v_seats bigint;
BEGIN
    SELECT array_agg(p_at[e.item] ORDER BY e.ord) INTO v_at FROM unnest(p_items) WITH ORDINALITY AS e (item, ord);
    v_seqs := tiltyard_append_events(p_players, p_tickets, p_events, v_at);

    UPDATE tickets AS t SET state = p_state, slot = NULL, ended_at = p_at[e.item], told_seq = e.seq
    FROM (SELECT e.item, e.player, e.ticket, min(e.seq) AS seq
          FROM unnest(p_items, p_players, p_tickets, v_seqs) AS e (item, player, ticket, seq)
          GROUP BY e.item, e.player, e.ticket) AS e
    WHERE t.player = e.player AND t.id = e.ticket AND t.match_id = p_matches[e.item];
    GET DIAGNOSTICS v_told = ROW_COUNT;

    SELECT count(s.ticket) INTO v_seats FROM unnest(p_matches) AS w (id) JOIN match_seats AS s ON s.match_id = w.id;
    IF v_told < v_seats THEN
        -- Tickets that no event is about end all the same.
        UPDATE tickets AS t SET state = p_state, slot = NULL, ended_at = w.at
        FROM unnest(p_matches, p_at) AS w (id, at) JOIN match_seats AS s ON s.match_id = w.id
        WHERE t.player = s.player AND t.id = s.ticket AND t.state = 1;
    END IF;
    RETURN coalesce(v_seqs, '{}');
END
$$;

-- Finishes matches; a player occurs in one of them at most. Answers a single row: by match its outcome (0 done, 1 already,
-- 2 conflict, 3 dead-lettered, 4 not found, 6 fought under other rules or content than the match has) and, with 1, the hash that is stored; and the numbers of the events of those that are
-- done, in order.
CREATE FUNCTION tiltyard_finish(
    p_matches uuid[], p_rules_versions bigint[], p_contents bytea[], p_winners smallint[], p_reasons smallint[], p_ticks bigint[], p_hashes bigint[], p_results bytea[],
    p_replay_keys text[], p_replay_sizes bigint[], p_replay_checksums bytea[], p_spools bytea[], p_at bigint[],
    -- Changes of rating; an item is the place of its match, from 1.
    p_c_items integer[], p_c_players uuid[], p_c_numbers bigint[],
    p_c_before_ratings float8[], p_c_before_deviations float8[], p_c_before_volatilities float8[],
    p_c_after_ratings float8[], p_c_after_deviations float8[], p_c_after_volatilities float8[],
    p_c_opponent_ratings float8[], p_c_opponent_deviations float8[], p_c_opponent_volatilities float8[],
    p_c_scores smallint[], p_c_idle_micros bigint[], p_c_algorithms integer[], p_c_at bigint[],
    -- Events, in order within a match.
    p_e_items integer[], p_e_players uuid[], p_e_tickets uuid[], p_e_events text[])
RETURNS TABLE (outcomes smallint[], hashes bigint[], seqs bigint[])
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_outcomes  smallint[];
    v_hashes    bigint[];
    v_conflicts integer[];
    -- What is done, and its events; an item is the place among what is done.
    v_done      uuid[];
    v_done_at   bigint[];
    v_places    integer[];
    v_items     integer[];
    v_players   uuid[];
    v_tickets   uuid[];
    v_events    text[];
    v_seqs      bigint[];
BEGIN
    PERFORM tiltyard_lock_matches(p_matches);

    -- A match that the batch names again waits for its first place.
    SELECT array_agg(w.outcome ORDER BY w.ord), array_agg(w.state_hash ORDER BY w.ord) INTO v_outcomes, v_hashes
    FROM (
        SELECT w.ord, r.state_hash,
               CASE WHEN m.state IS NULL THEN 4
                    WHEN m.state = 2 THEN 3
                    WHEN NOT m.fits THEN 6
                    WHEN m.state = 1 THEN 1
                    WHEN row_number() OVER (PARTITION BY w.id, m.fits ORDER BY w.ord) > 1 THEN 5
                    ELSE 0
               END AS outcome
        FROM unnest(p_matches, p_rules_versions, p_contents) WITH ORDINALITY AS w (id, rules_version, content, ord)
        LEFT JOIN LATERAL (
            SELECT m.state, m.rules_version = w.rules_version AND m.content = w.content AS fits
            FROM matches AS m WHERE m.id = w.id OFFSET 0) AS m ON true
        LEFT JOIN LATERAL (
            SELECT r.state_hash FROM match_results AS r WHERE m.state = 1 AND r.match_id = w.id OFFSET 0) AS r ON true
    ) AS w;

    -- Whoever was never rated gets a row that can be locked.
    IF 1 = ANY (p_c_numbers) THEN
        INSERT INTO ratings (player, rating, deviation, volatility, version, won, lost, drawn)
        SELECT DISTINCT c.player, 1500.0, 350.0, 0.06, 0, 0, 0, 0
        FROM unnest(p_c_items, p_c_players, p_c_numbers) AS c (item, player, number)
        WHERE c.number = 1 AND v_outcomes[c.item] = 0
        ORDER BY c.player
        ON CONFLICT (player) DO NOTHING;
    END IF;
    PERFORM 1 FROM ratings AS r WHERE r.player = ANY (p_c_players) ORDER BY r.player FOR NO KEY UPDATE;

    SELECT array_agg(c.item) INTO v_conflicts
    FROM (SELECT c.*, row_number() OVER (PARTITION BY c.player ORDER BY c.item) AS turn
          FROM unnest(p_c_items, p_c_players, p_c_numbers) AS c (item, player, number) WHERE v_outcomes[c.item] = 0) AS c
    LEFT JOIN LATERAL (SELECT r.version FROM ratings AS r WHERE r.player = c.player OFFSET 0) AS r ON true
    WHERE c.turn > 1 OR r.version IS NULL OR r.version + 1 <> c.number;
    IF v_conflicts IS NOT NULL THEN
        SELECT array_agg(CASE WHEN w.outcome = 0 AND w.ord = ANY (v_conflicts) THEN 2::smallint ELSE w.outcome END ORDER BY w.ord)
        INTO v_outcomes FROM unnest(v_outcomes) WITH ORDINALITY AS w (outcome, ord);
    END IF;
    IF 5 = ANY (v_outcomes) THEN
        SELECT array_agg(CASE WHEN w.outcome <> 5 THEN w.outcome WHEN v_outcomes[w.place] = 0 THEN 1::smallint
                              ELSE v_outcomes[w.place] END ORDER BY w.ord),
               array_agg(CASE WHEN w.outcome = 5 THEN p_hashes[w.place] ELSE v_hashes[w.ord] END ORDER BY w.ord)
        INTO v_outcomes, v_hashes
        FROM (SELECT w.*, min(w.ord) FILTER (WHERE w.outcome <> 6) OVER (PARTITION BY w.id)::integer AS place
              FROM unnest(p_matches, v_outcomes) WITH ORDINALITY AS w (id, outcome, ord)) AS w;
    END IF;

    IF 0 = ALL (v_outcomes) THEN
        -- As nearly every time: nothing is to be picked out.
        v_done := p_matches;
        v_done_at := p_at;
        v_items := p_e_items;
        v_players := p_e_players;
        v_tickets := p_e_tickets;
        v_events := p_e_events;
    ELSE
        SELECT array_agg(w.id ORDER BY w.ord), array_agg(w.at ORDER BY w.ord) INTO v_done, v_done_at
        FROM unnest(p_matches, p_at, v_outcomes) WITH ORDINALITY AS w (id, at, outcome, ord) WHERE w.outcome = 0;
        SELECT array_agg(w.place ORDER BY w.ord) INTO v_places
        FROM (SELECT w.ord, count(*) FILTER (WHERE w.outcome = 0) OVER (ORDER BY w.ord)::integer AS place
              FROM unnest(v_outcomes) WITH ORDINALITY AS w (outcome, ord)) AS w;
        SELECT array_agg(v_places[e.item] ORDER BY e.ord), array_agg(e.player ORDER BY e.ord),
               array_agg(e.ticket ORDER BY e.ord), array_agg(e.event ORDER BY e.ord)
        INTO v_items, v_players, v_tickets, v_events
        FROM unnest(p_e_items, p_e_players, p_e_tickets, p_e_events) WITH ORDINALITY AS e (item, player, ticket, event, ord)
        WHERE v_outcomes[e.item] = 0;
    END IF;
    IF v_done IS NOT NULL THEN
        INSERT INTO match_results (
            match_id, winner, reason, ticks, state_hash, result, replay_key, replay_size, replay_checksum, finished_at)
        SELECT w.id, w.winner, w.reason, w.ticks, w.hash, w.result, w.replay_key, w.replay_size, w.replay_checksum, w.at
        FROM unnest(p_matches, p_winners, p_reasons, p_ticks, p_hashes, p_results, p_replay_keys, p_replay_sizes,
                    p_replay_checksums, p_at, v_outcomes)
            AS w (id, winner, reason, ticks, hash, result, replay_key, replay_size, replay_checksum, at, outcome)
        WHERE w.outcome = 0;
        UPDATE matches AS m SET state = 1 FROM unnest(p_matches, v_outcomes) AS w (id, outcome) WHERE w.outcome = 0 AND m.id = w.id;

        IF cardinality(array_positions(p_spools, NULL)) < cardinality(p_spools) THEN
            INSERT INTO replay_spool (replay_key, size, checksum, replay, spooled_at)
            SELECT w.replay_key, w.replay_size, w.replay_checksum, w.spool, w.at
            FROM unnest(p_replay_keys, p_replay_sizes, p_replay_checksums, p_spools, p_at, v_outcomes) WITH ORDINALITY
                AS w (replay_key, replay_size, replay_checksum, spool, at, outcome, ord)
            WHERE w.outcome = 0 AND w.spool IS NOT NULL ORDER BY w.ord
            ON CONFLICT (replay_key) DO NOTHING;
        END IF;

        UPDATE ratings AS r
        SET rating = c.rating, deviation = c.deviation, volatility = c.volatility, version = c.number, rated_at = c.at,
            won = r.won + (c.score = 0)::integer, lost = r.lost + (c.score = 1)::integer, drawn = r.drawn + (c.score = 2)::integer
        FROM unnest(p_c_items, p_c_players, p_c_numbers, p_c_after_ratings, p_c_after_deviations, p_c_after_volatilities,
                    p_c_scores, p_c_at) AS c (item, player, number, rating, deviation, volatility, score, at)
        WHERE v_outcomes[c.item] = 0 AND r.player = c.player;
        INSERT INTO rating_changes (
            player, match_id, number, before_rating, before_deviation, before_volatility,
            after_rating, after_deviation, after_volatility, opponent_rating, opponent_deviation, opponent_volatility,
            score, idle_micros, algorithm, at)
        SELECT c.player, p_matches[c.item], c.number, c.br, c.bd, c.bv, c.ar, c.ad, c.av, c.o_r, c.od, c.ov,
               c.score, c.idle, c.algorithm, c.at
        FROM unnest(p_c_items, p_c_players, p_c_numbers, p_c_before_ratings, p_c_before_deviations, p_c_before_volatilities,
                    p_c_after_ratings, p_c_after_deviations, p_c_after_volatilities,
                    p_c_opponent_ratings, p_c_opponent_deviations, p_c_opponent_volatilities,
                    p_c_scores, p_c_idle_micros, p_c_algorithms, p_c_at)
            AS c (item, player, number, br, bd, bv, ar, ad, av, o_r, od, ov, score, idle, algorithm, at)
        WHERE v_outcomes[c.item] = 0;

        v_seqs := tiltyard_tell_ends(v_done, v_done_at, 2::smallint, v_items, v_players, v_tickets, v_events);
    END IF;

    RETURN QUERY SELECT v_outcomes, v_hashes, v_seqs;
END
$$;

-- Gives up a match: returns its tickets and stores the events, whose numbers are the answer; NULL if it is not pending under
-- these rules and this content.
CREATE FUNCTION tiltyard_give_up(
    p_match uuid, p_rules_version bigint, p_content bytea, p_why text, p_at bigint, p_players uuid[], p_tickets uuid[], p_events text[]) RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM tiltyard_lock_matches(ARRAY[p_match]);
    UPDATE matches AS m SET state = 2
    WHERE m.id = p_match AND m.state = 0 AND m.rules_version = p_rules_version AND m.content = p_content;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO dead_letters (match_id, why, at) VALUES (p_match, p_why, p_at);
    RETURN tiltyard_tell_ends(
        ARRAY[p_match], ARRAY[p_at], 5::smallint, array_fill(1, ARRAY[cardinality(p_players)]), p_players, p_tickets, p_events);
END
$$;

-- Records a failed attempt and returns how many there are under its rules; none of a match that does not exist, or has other
-- rules or content. Reports of one match take turns, so that no two of them count the same.
CREATE FUNCTION tiltyard_record_failure(
    p_match uuid, p_rules_version bigint, p_content bytea, p_node uuid, p_at bigint, p_why text) RETURNS bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
BEGIN
    PERFORM 1 FROM matches AS m
    WHERE m.id = p_match AND m.rules_version = p_rules_version AND m.content = p_content FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN 0;
    END IF;
    INSERT INTO failures (match_id, node, at, why, rules_version) VALUES (p_match, p_node, p_at, p_why, p_rules_version)
    ON CONFLICT (match_id, node, at) DO NOTHING;
    RETURN (SELECT count(*) FROM failures AS f WHERE f.match_id = p_match AND f.rules_version = p_rules_version);
END
$$;

-- Forgets the oldest events, `p_limit` at most, and returns how many. In each log times never go back, so that what goes is a
-- prefix; the logs are locked by player and read again, since somebody else may be trimming them.
CREATE FUNCTION tiltyard_trim_events(p_before bigint, p_limit bigint) RETURNS bigint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    v_logs    uuid[];
    v_players uuid[];
    v_seqs    bigint[];
BEGIN
    SELECT array_agg(DISTINCT e.player) INTO v_logs
    FROM (SELECT e.player FROM events AS e WHERE e.at < p_before ORDER BY e.at, e.player, e.seq LIMIT p_limit) AS e;
    PERFORM 1 FROM event_heads AS h WHERE h.player = ANY (v_logs) ORDER BY h.player FOR NO KEY UPDATE;

    SELECT array_agg(e.player), array_agg(e.seq) INTO v_players, v_seqs
    FROM (SELECT e.player, e.seq FROM events AS e WHERE e.at < p_before AND e.player = ANY (v_logs)
          ORDER BY e.at, e.player, e.seq LIMIT p_limit) AS e;
    DELETE FROM events AS e USING unnest(v_players, v_seqs) AS w (player, seq) WHERE e.player = w.player AND e.seq = w.seq;
    UPDATE event_heads AS h SET trimmed = w.seq
    FROM (SELECT w.player, max(w.seq) AS seq FROM unnest(v_players, v_seqs) AS w (player, seq) GROUP BY w.player) AS w
    WHERE h.player = w.player;
    RETURN coalesce(cardinality(v_players), 0);
END
$$;
