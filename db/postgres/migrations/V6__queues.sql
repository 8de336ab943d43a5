-- Tickets that may be widened, and queues that may be paused.

-- How wide the owner lets the spread become; NULL: no wider.
ALTER TABLE tickets ADD COLUMN widen_to integer CHECK (widen_to >= spread);

-- The last change of each queue that ever was paused or resumed.
CREATE TABLE queue_states (
    queue      text PRIMARY KEY,
    paused     boolean NOT NULL,
    reason     text NOT NULL,
    changed_at bigint NOT NULL
);

-- Two functions learn of the new column by a few words each. The words are put into the text that stands, so that nothing else of
-- a hundred lines can change on the way; a text without the place for them is an error.
DO $$
DECLARE
    v_function text;
    v_text     text;
    v_edit     record;
BEGIN
    FOREACH v_function IN ARRAY ARRAY['tiltyard_commit_matches', 'tiltyard_enqueue'] LOOP
        v_text := pg_get_functiondef(v_function::regproc);
        FOR v_edit IN
            SELECT e.place, e.words
            FROM (VALUES
                -- The commit holds the promise: the widest that the ticket allows.
                ('tiltyard_commit_matches', 'SELECT t.build, t.spread FROM tickets',
                 'SELECT t.build, coalesce(t.widen_to, t.spread) AS spread FROM tickets'),
                -- With one parameter more it is another function; the one without is dropped below.
                ('tiltyard_enqueue', 'p_spreads integer[], ', 'p_spreads integer[], p_widen_to integer[], '),
                ('tiltyard_enqueue', 'build, queue, spread, state, slot,', 'build, queue, spread, widen_to, state, slot,'),
                ('tiltyard_enqueue', 'p_queues[p.ord], p_spreads[p.ord],', 'p_queues[p.ord], p_spreads[p.ord], p_widen_to[p.ord],')
            ) AS e (of, place, words)
            WHERE e.of = v_function
        LOOP
            IF strpos(v_text, v_edit.place) = 0 THEN
                RAISE EXCEPTION '% has no place for "%"', v_function, v_edit.words;
            END IF;
            v_text := replace(v_text, v_edit.place, v_edit.words);
        END LOOP;
        EXECUTE v_text;
    END LOOP;
END
$$;

DROP FUNCTION tiltyard_enqueue(
    uuid[], uuid[], bytea[], bytea[], text[], integer[], bigint[], bigint[],
    text[], bytea[], uuid[], text[], bigint[], bytea[], text[], bytea[], bigint);
