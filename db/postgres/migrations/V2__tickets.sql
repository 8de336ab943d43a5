-- Accepting and ending tickets: one call is one statement of its client, with a row per item.
--
-- Each function locks first, in the order that V1 names, and decides in later statements, which under READ COMMITTED see
-- whatever the former holders of those locks committed. Plans are forced into index lookups, one per item of a batch: a session
-- keeps them, and one that was made while the tables were small would walk them later. Scalar subqueries and OFFSET 0 are there
-- for the same reason: the planner must neither hash nor reorder them.

-- Holds the gates of players to the end of the transaction: the slots, teams and cancelled ids of a player change only behind
-- the gate. Two players may share one, which costs a wait and no more.
CREATE FUNCTION tiltyard_hold_gates(p_players uuid[]) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(g.gate)
    FROM (SELECT DISTINCT uuid_hash_extended(p.player, 0) AS gate FROM unnest(p_players) AS p (player) ORDER BY gate) AS g;
END
$$;

-- Writes a team and its build. Answers 0 if it is new, 1 if it took another's place, 2 if its player has `p_teams_max` of them.
CREATE FUNCTION tiltyard_put_team(
    p_player uuid, p_id uuid, p_name text, p_hash bytea, p_build bytea, p_at bigint, p_teams_max bigint) RETURNS smallint
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $$
DECLARE
    v_known boolean;
BEGIN
    PERFORM tiltyard_hold_gates(ARRAY[p_player]);
    v_known := EXISTS (SELECT 1 FROM teams AS t WHERE t.player = p_player AND t.id = p_id);
    IF NOT v_known AND (SELECT count(*) FROM teams AS t WHERE t.player = p_player) >= p_teams_max THEN
        RETURN 2;
    END IF;
    INSERT INTO builds (hash, build) VALUES (p_hash, p_build) ON CONFLICT (hash) DO NOTHING;
    INSERT INTO teams (player, id, name, build, updated_at) VALUES (p_player, p_id, p_name, p_hash, p_at)
    ON CONFLICT (player, id) DO UPDATE SET name = excluded.name, build = excluded.build, updated_at = excluded.updated_at;
    RETURN v_known::integer;
END
$$;

-- Stores events and returns their numbers, in order. The caller has locked everything that comes before event heads.
CREATE FUNCTION tiltyard_append_events(p_players uuid[], p_tickets uuid[], p_events text[], p_at bigint[]) RETURNS bigint[]
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_seqs bigint[];
    v_at   bigint[];
BEGIN
    INSERT INTO event_heads AS h (player, seq, trimmed, last_at)
    SELECT e.player, count(*), 0, max(e.at) FROM unnest(p_players, p_at) AS e (player, at) GROUP BY e.player ORDER BY e.player
    ON CONFLICT (player) DO UPDATE SET seq = h.seq + excluded.seq, last_at = greatest(h.last_at, excluded.last_at);

    SELECT array_agg(h.seq - e.appended + e.turn ORDER BY e.ord), array_agg(h.last_at ORDER BY e.ord) INTO v_seqs, v_at
    FROM (SELECT e.ord, e.player, count(*) OVER (PARTITION BY e.player) AS appended,
                 row_number() OVER (PARTITION BY e.player ORDER BY e.ord) AS turn
          FROM unnest(p_players) WITH ORDINALITY AS e (player, ord)) AS e
    CROSS JOIN LATERAL (SELECT h.seq, h.last_at FROM event_heads AS h WHERE h.player = e.player OFFSET 0) AS h;

    INSERT INTO events (player, seq, ticket, event, at)
    SELECT * FROM unnest(p_players, v_seqs, p_tickets, p_events, v_at);

    RETURN v_seqs;
END
$$;

-- Accepts tickets, each against what the one before it left. Answers a row per item: its outcome (0 accepted, 1 already,
-- 2 conflict, 3 cancelled, 4 slots full), with 1 also the stored ticket.
CREATE FUNCTION tiltyard_enqueue(
    p_players uuid[], p_ids uuid[], p_requests bytea[], p_builds bytea[], p_queues text[], p_spreads integer[], p_widen_to integer[],
    p_enqueued_at bigint[], p_expires_at bigint[],
    -- Those of practice; NULL for a ranked ticket.
    p_bots text[], p_bot_builds bytea[], p_match_ids uuid[], p_engines text[], p_rules_versions bigint[],
    p_contents bytea[], p_rngs text[], p_seeds bytea[],
    p_slots bigint)
RETURNS TABLE (
    outcome smallint, build bytea, queue text, spread integer, state smallint, enqueued_at bigint, match_id uuid)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
BEGIN
    PERFORM tiltyard_hold_gates(p_players);

    RETURN QUERY
    WITH judged AS (
        SELECT w.ord, w.player, w.id, w.request, w.match_id, t.build, t.queue, t.spread, t.state, t.enqueued_at,
               t.match_id AS its_match,
               -- A practice match's id follows from its ticket, so that a known one means another request.
               CASE WHEN t.request = w.request THEN 1
                    WHEN t.request IS NOT NULL THEN 2
                    WHEN (SELECT true FROM tombstones AS d WHERE d.player = w.player AND d.ticket = w.id) THEN 3
                    WHEN (SELECT true FROM matches AS m WHERE m.id = w.match_id) THEN 2
               END AS known
        FROM unnest(p_players, p_ids, p_requests, p_match_ids) WITH ORDINALITY AS w (player, id, request, match_id, ord)
        LEFT JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = w.player AND t.id = w.id OFFSET 0) AS t ON true
    ), first AS (
        -- Of several new items with one key the first decides.
        SELECT j.*, j.known IS NULL AND row_number() OVER (PARTITION BY j.player, j.id, j.known IS NULL ORDER BY j.ord) = 1 AS decides
        FROM judged AS j
    ), queueing AS (
        SELECT f.*, CASE WHEN f.decides THEN count(*) FILTER (WHERE f.decides) OVER (PARTITION BY f.player ORDER BY f.ord) END AS turn
        FROM first AS f
    ), placed AS MATERIALIZED (
        -- Each takes the lowest slot that is free and that nobody before it takes.
        SELECT q.*, s.slot
        FROM queueing AS q
        LEFT JOIN LATERAL (
            SELECT coalesce(array_agg(t.slot), '{}') AS slots FROM tickets AS t WHERE q.turn > 0 AND t.player = q.player AND t.slot >= 0
        ) AS taken ON q.turn IS NOT NULL
        LEFT JOIN LATERAL (
            SELECT g.slot::integer AS slot FROM generate_series(0, least(p_slots, cardinality(taken.slots) + q.turn) - 1) AS g (slot)
            WHERE g.slot <> ALL (taken.slots) AND q.turn <= p_slots - cardinality(taken.slots)
            ORDER BY g.slot OFFSET q.turn - 1 LIMIT 1
        ) AS s ON q.turn IS NOT NULL
    ), told AS (
        SELECT p.*, first_value(CASE WHEN p.slot IS NOT NULL THEN p.ord END)
                    OVER (PARTITION BY p.player, p.id ORDER BY p.slot IS NULL, p.ord) AS accepted_as
        FROM placed AS p
    ), put_tickets AS (
        INSERT INTO tickets (
            player, id, request, build, queue, spread, widen_to, state, slot, enqueued_at, expires_at, match_id)
        SELECT p.player, p.id, p.request, p_builds[p.ord], p_queues[p.ord], p_spreads[p.ord], p_widen_to[p.ord],
               CASE WHEN p.match_id IS NULL THEN 0 ELSE 1 END, p.slot, p_enqueued_at[p.ord], p_expires_at[p.ord], p.match_id
        FROM placed AS p WHERE p.slot IS NOT NULL
    ), put_matches AS (
        INSERT INTO matches (id, mode, state, engine, rules_version, content, rng, seed, created_at)
        SELECT p.match_id, 1, 0, p_engines[p.ord], p_rules_versions[p.ord], p_contents[p.ord], p_rngs[p.ord], p_seeds[p.ord],
               p_enqueued_at[p.ord]
        FROM placed AS p WHERE p.slot IS NOT NULL AND p.match_id IS NOT NULL
    ), put_seats AS (
        INSERT INTO match_seats (match_id, side, player, ticket, bot, build, created_at)
        SELECT p.match_id, s.side, CASE WHEN s.side = 0 THEN p.player END, CASE WHEN s.side = 0 THEN p.id END,
               CASE WHEN s.side = 1 THEN p_bots[p.ord] END,
               CASE WHEN s.side = 0 THEN p_builds[p.ord] ELSE p_bot_builds[p.ord] END, p_enqueued_at[p.ord]
        FROM placed AS p CROSS JOIN (VALUES (0), (1)) AS s (side)
        WHERE p.slot IS NOT NULL AND p.match_id IS NOT NULL
    ), counted AS (
        INSERT INTO accepted_counts AS c (stripe, accepted)
        SELECT pg_backend_pid() % 32, count(*) FROM placed AS p WHERE p.slot IS NOT NULL HAVING count(*) > 0
        ON CONFLICT (stripe) DO UPDATE SET accepted = c.accepted + excluded.accepted
    )
    SELECT (CASE WHEN t.known IS NOT NULL THEN t.known
                 WHEN t.slot IS NOT NULL THEN 0
                 WHEN t.accepted_as IS NULL THEN 4
                 WHEN p_requests[t.accepted_as] = t.request THEN 1
                 ELSE 2 END)::smallint,
           coalesce(t.build, p_builds[t.accepted_as]),
           CASE WHEN t.known IS NULL THEN p_queues[t.accepted_as] ELSE t.queue END,
           CASE WHEN t.known IS NULL THEN p_spreads[t.accepted_as] ELSE t.spread END,
           coalesce(t.state, CASE WHEN p_match_ids[t.accepted_as] IS NULL THEN 0 ELSE 1 END)::smallint,
           coalesce(t.enqueued_at, p_enqueued_at[t.accepted_as]),
           CASE WHEN t.known IS NULL THEN p_match_ids[t.accepted_as] ELSE t.its_match END
    FROM told AS t ORDER BY t.ord;
END
$$;

-- Cancels tickets, and records unknown ids as cancelled. Answers a row per item: its outcome (0 done, 1 already, 2 recorded,
-- 3 too late), with 3 the state that the ticket is in.
CREATE FUNCTION tiltyard_cancel(p_players uuid[], p_ids uuid[], p_at bigint) RETURNS TABLE (outcome smallint, state smallint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_outcomes smallint[];
    v_states   smallint[];
BEGIN
    PERFORM tiltyard_hold_gates(p_players);
    PERFORM tiltyard_lock_tickets(p_players, p_ids);

    -- Of several items with one key the first decides; whatever it did, the others find it done.
    SELECT array_agg(j.outcome ORDER BY j.ord), array_agg(j.state ORDER BY j.ord) INTO v_outcomes, v_states
    FROM (
        SELECT w.ord, t.state,
               CASE WHEN t.state IN (1, 2, 4, 5) THEN 3
                    WHEN t.state = 3 OR d.recorded
                         OR row_number() OVER (PARTITION BY w.player, w.id ORDER BY w.ord) > 1 THEN 1
                    WHEN t.state = 0 THEN 0
                    ELSE 2
               END AS outcome
        FROM unnest(p_players, p_ids) WITH ORDINALITY AS w (player, id, ord)
        LEFT JOIN LATERAL (SELECT t.state FROM tickets AS t WHERE t.player = w.player AND t.id = w.id OFFSET 0) AS t ON true
        LEFT JOIN LATERAL (
            SELECT true AS recorded FROM tombstones AS d WHERE d.player = w.player AND d.ticket = w.id OFFSET 0) AS d ON true
    ) AS j;

    UPDATE tickets AS t SET state = 3, slot = NULL, ended_at = p_at
    FROM unnest(p_players, p_ids, v_outcomes) AS w (player, id, outcome)
    WHERE w.outcome = 0 AND t.player = w.player AND t.id = w.id;

    INSERT INTO tombstones (player, ticket, cancelled_at)
    SELECT w.player, w.id, p_at FROM unnest(p_players, p_ids, v_outcomes) AS w (player, id, outcome) WHERE w.outcome = 2;

    RETURN QUERY SELECT * FROM unnest(v_outcomes, v_states);
END
$$;

-- Locks tickets by (player, id), those of them that exist.
CREATE FUNCTION tiltyard_lock_tickets(p_players uuid[], p_ids uuid[]) RETURNS void
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    PERFORM 1
    FROM (SELECT DISTINCT w.player, w.id FROM unnest(p_players, p_ids) AS w (player, id)) AS w
    JOIN tickets AS t ON t.player = w.player AND t.id = w.id
    ORDER BY t.player, t.id
    FOR NO KEY UPDATE OF t;
END
$$;

-- Ends queued tickets, each with its event, in the states given. Answers a row per item: the event's number, NULL if the ticket
-- was not queued.
CREATE FUNCTION tiltyard_end(p_players uuid[], p_ids uuid[], p_states smallint[], p_events text[], p_at bigint)
RETURNS TABLE (seq bigint)
LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
#variable_conflict use_column
DECLARE
    v_ended   bigint[];
    v_players uuid[];
    v_ids     uuid[];
    v_events  text[];
    v_seqs    bigint[];
BEGIN
    PERFORM tiltyard_lock_tickets(p_players, p_ids);

    -- Of several items with one key the first ends it.
    SELECT array_agg(w.ord ORDER BY w.ord), array_agg(w.player ORDER BY w.ord), array_agg(w.id ORDER BY w.ord),
           array_agg(p_events[w.ord] ORDER BY w.ord)
    INTO v_ended, v_players, v_ids, v_events
    FROM (SELECT w.*, row_number() OVER (PARTITION BY w.player, w.id ORDER BY w.ord) AS turn
          FROM unnest(p_players, p_ids) WITH ORDINALITY AS w (player, id, ord)) AS w
    CROSS JOIN LATERAL (SELECT t.state FROM tickets AS t WHERE t.player = w.player AND t.id = w.id OFFSET 0) AS t
    WHERE t.state = 0 AND w.turn = 1;

    IF v_ended IS NOT NULL THEN
        v_seqs := tiltyard_append_events(v_players, v_ids, v_events, array_fill(p_at, ARRAY[cardinality(v_ended)]));
        UPDATE tickets AS t SET state = p_states[w.ord], slot = NULL, ended_at = p_at, told_seq = w.seq
        FROM unnest(v_players, v_ids, v_ended, v_seqs) AS w (player, id, ord, seq)
        WHERE t.player = w.player AND t.id = w.id;
    END IF;

    RETURN QUERY
    SELECT v_seqs[array_position(v_ended, w.ord)] FROM generate_series(1::bigint, cardinality(p_players)::bigint) AS w (ord)
    ORDER BY w.ord;
END
$$;
