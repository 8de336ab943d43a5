-- What the roles of roles.sql may do. Run in the transaction of each migration; does nothing where those roles are not.
--
-- What is history to the server is written once: it has no right to change or delete it, whatever its code does. A lock on a
-- row asks for the right to update some column, so that what is only locked has one, too.

DO $$
DECLARE
    v_right    record;
    v_function regprocedure;
BEGIN
    IF (SELECT count(*) FROM pg_roles WHERE rolname IN ('tiltyard_server', 'tiltyard_auditor')) < 2 THEN
        RETURN;
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO tiltyard_server, tiltyard_auditor', current_database());
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO tiltyard_server, tiltyard_auditor', current_schema());

    FOR v_right IN
        SELECT r.of, r.server, r.auditor
        FROM (VALUES
            ('accepted_counts', 'SELECT, INSERT, UPDATE (accepted)', 'SELECT'),
            ('builds', 'SELECT, INSERT', 'SELECT'),
            ('contents', 'SELECT, INSERT', 'SELECT'),
            ('dead_letters', 'SELECT, INSERT', 'SELECT'),
            ('epoch_counts', 'SELECT, INSERT, UPDATE (made)', 'SELECT'),
            ('epochs', 'SELECT, INSERT, UPDATE (closed_with)', 'SELECT'),
            ('event_heads', 'SELECT, INSERT, UPDATE (seq, trimmed, last_at)', 'SELECT'),
            ('events', 'SELECT, INSERT, DELETE', 'SELECT'),
            ('failures', 'SELECT, INSERT', 'SELECT'),
            ('leaders', 'SELECT, INSERT, UPDATE (epoch, boot)', 'SELECT'),
            ('match_results', 'SELECT, INSERT', 'SELECT'),
            ('match_seats', 'SELECT, INSERT', 'SELECT'),
            ('match_records', 'SELECT', 'SELECT'),
            ('matches', 'SELECT, INSERT, UPDATE (state, engine, rules_version, content, rng)', 'SELECT'),
            -- Who somebody is elsewhere concerns no auditor.
            ('players', 'SELECT, INSERT', 'SELECT (id, created_at)'),
            ('published_contents', 'SELECT, INSERT, UPDATE (hash, origin, published_at)', 'SELECT'),
            ('queue_states', 'SELECT, INSERT, UPDATE (paused, reason, changed_at)', 'SELECT'),
            ('rating_changes', 'SELECT, INSERT', 'SELECT'),
            ('ratings', 'SELECT, INSERT, UPDATE (rating, deviation, volatility, version, rated_at, won, lost, drawn)', 'SELECT'),
            ('refinery_schema_history', 'SELECT', 'SELECT'),
            -- Locked before it is deleted.
            ('replay_spool', 'SELECT, INSERT, UPDATE (spooled_at), DELETE', 'SELECT'),
            ('season_standings', 'SELECT, INSERT', 'SELECT'),
            ('seasons', 'SELECT, INSERT, UPDATE (ended_at, archived)', 'SELECT'),
            -- Keys.
            ('secrets', 'SELECT, INSERT', NULL),
            ('store', 'SELECT', 'SELECT'),
            ('teams', 'SELECT, INSERT, UPDATE (name, build, updated_at), DELETE', 'SELECT'),
            ('tickets', 'SELECT, INSERT, UPDATE (state, slot, match_id, ended_at, told_seq)', 'SELECT'),
            ('tombstones', 'SELECT, INSERT', 'SELECT')
        ) AS r (of, server, auditor)
        -- A database of an older version has not all of them.
        WHERE to_regclass(format('%I.%I', current_schema(), r.of)) IS NOT NULL
    LOOP
        EXECUTE format('REVOKE ALL ON %I FROM PUBLIC, tiltyard_server, tiltyard_auditor', v_right.of);
        EXECUTE format('GRANT %s ON %I TO tiltyard_server', v_right.server, v_right.of);
        IF v_right.auditor IS NOT NULL THEN
            EXECUTE format('GRANT %s ON %I TO tiltyard_auditor', v_right.auditor, v_right.of);
        END IF;
    END LOOP;

    FOR v_function IN
        SELECT p.oid FROM pg_proc AS p
        WHERE p.pronamespace = current_schema()::regnamespace AND starts_with(p.proname, 'tiltyard_')
    LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, tiltyard_auditor', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO tiltyard_server', v_function);
    END LOOP;
END
$$;
