-- A million players and tickets, of which half are queued and half have been fought. Ids are those of the conformance suites'
-- world; $event stands for the text of an event. Logged tables, without fsync: at this size WAL costs less than an index does.

SET auto_explain.log_min_duration = -1;
SET synchronous_commit = off;
SET maintenance_work_mem = '256MB';

CREATE TEMPORARY TABLE n AS
SELECT n, ('01000000-0000-7000-8000-0000' || lpad(to_hex(n), 8, '0'))::uuid AS player,
       ('02000000-0000-7000-8000-0000' || lpad(to_hex(n), 8, '0'))::uuid AS ticket,
       -- Two neighbours of the first half have fought.
       CASE WHEN n <= 500000 THEN md5(((n + 1) / 2)::text)::uuid END AS match_id,
       1763800000000000 - (1000000 - n) * 1000 AS at
FROM generate_series(1, 1000000) AS n;

INSERT INTO players (id, identity, name, created_at) SELECT player, 'dev:' || n, 'Player ' || n, at FROM n;

INSERT INTO ratings (player, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT player, 1200 + n % 600, 120, 0.06, 1, at, n % 2, 1 - n % 2, 0 FROM n;

-- A season's end that was killed half way: the walk after it begins among those who are through.
INSERT INTO season_standings (player, season, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT player, 1, 1500, 350, 0.06, 1, at, n % 2, 1 - n % 2, 0 FROM n WHERE n <= 500000;

INSERT INTO tickets (player, id, request, build, queue, spread, state, slot, enqueued_at, expires_at, match_id, ended_at, told_seq)
SELECT player, ticket, decode(repeat('01', 32), 'hex'), decode(repeat('02', 32), 'hex'), 'ranked', 400,
       CASE WHEN match_id IS NULL THEN 0 ELSE 2 END, CASE WHEN match_id IS NULL THEN 0 END, at, at + 259200000000,
       match_id, CASE WHEN match_id IS NOT NULL THEN at END, CASE WHEN match_id IS NOT NULL THEN 1 END
FROM n;

INSERT INTO matches (id, mode, state, queue, epoch, boot, engine, rules_version, content, rng, seed, created_at)
SELECT match_id, 0, 1, 'ranked', 1, match_id, '0.1.0', 1, decode(repeat('03', 32), 'hex'), 'pcg64', decode(repeat('04', 16), 'hex'), at
FROM n WHERE match_id IS NOT NULL AND n % 2 = 0;

INSERT INTO match_seats (match_id, side, player, ticket, build, created_at)
SELECT match_id, n % 2, player, ticket, decode(repeat('02', 32), 'hex'), at FROM n WHERE match_id IS NOT NULL;

INSERT INTO match_results
SELECT match_id, 0, 0, 3000, n, 'result', 'replays/' || match_id, 13000, decode(repeat('05', 32), 'hex'), at
FROM n WHERE match_id IS NOT NULL AND n % 2 = 0;

INSERT INTO rating_changes
SELECT player, 1, coalesce(match_id, player), 1500, 350, 0.06, 1510, 300, 0.06, 1500, 350, 0.06, n % 2, 0, 1, at FROM n;

INSERT INTO event_heads (player, seq, trimmed, last_at) SELECT player, 1, 0, at FROM n;

INSERT INTO events (player, seq, ticket, event, at) SELECT player, 1, ticket, $event, at FROM n;

INSERT INTO builds (hash, build) SELECT sha256(player::text::bytea), '{"units":[]}' FROM n WHERE n <= 50000;

INSERT INTO teams (player, id, name, build, updated_at)
SELECT player, ticket, 'Team', sha256(player::text::bytea), at FROM n WHERE n <= 50000;
