-- The roles of a Tiltyard database. An administrator (superuser, or a role with CREATEROLE) runs this once per server and again
-- after an upgrade; it may be repeated:
--
--     psql "$ADMINISTRATOR_URL" -f roles.sql
--     psql "$ADMINISTRATOR_URL" -c 'CREATE DATABASE tiltyard OWNER tiltyard_owner'
--     psql "$ADMINISTRATOR_URL" -c '\password tiltyard_server'      (and the other two)
--     tiltyard migrate      with TILTYARD_DATABASE_URL=postgresql://tiltyard_owner:..@host/tiltyard
--     tiltyard serve        with TILTYARD_DATABASE_URL=postgresql://tiltyard_server:..@host/tiltyard
--     tiltyard audit        with TILTYARD_DATABASE_URL=postgresql://tiltyard_auditor:..@host/tiltyard
--
-- `tiltyard migrate` grants them what stands in grants.sql. None of them has a password before it is given one.

DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['tiltyard_owner', 'tiltyard_server', 'tiltyard_auditor'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', v_role);
        END IF;
    END LOOP;
END
$$;

-- What holds for every session: its limits, and that nothing is compiled, which takes longer than any statement. Clients that
-- come directly say so themselves; through a transaction pooler only this counts.
ALTER ROLE tiltyard_owner SET statement_timeout = '5s';
ALTER ROLE tiltyard_owner SET lock_timeout = '1s';
ALTER ROLE tiltyard_owner SET idle_in_transaction_session_timeout = '1s';
ALTER ROLE tiltyard_owner SET jit = off;

ALTER ROLE tiltyard_server SET statement_timeout = '5s';
ALTER ROLE tiltyard_server SET lock_timeout = '1s';
ALTER ROLE tiltyard_server SET idle_in_transaction_session_timeout = '1s';
ALTER ROLE tiltyard_server SET jit = off;

ALTER ROLE tiltyard_auditor SET statement_timeout = '5s';
ALTER ROLE tiltyard_auditor SET lock_timeout = '1s';
ALTER ROLE tiltyard_auditor SET idle_in_transaction_session_timeout = '1s';
ALTER ROLE tiltyard_auditor SET jit = off;
ALTER ROLE tiltyard_auditor SET default_transaction_read_only = on;
