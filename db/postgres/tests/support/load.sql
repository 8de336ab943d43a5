-- Many players, each with a ticket: seven of ten fought a match, a twentieth is in one, the others are queued. Nothing is analysed.
CREATE FUNCTION some_player(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('player ' || n)::uuid $$;
CREATE FUNCTION some_ticket(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('ticket ' || n)::uuid $$;
CREATE FUNCTION some_match(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$ SELECT md5('match ' || n)::uuid $$;
CREATE FUNCTION some_bytes(n integer) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT decode(repeat('07', n), 'hex') $$;

INSERT INTO players SELECT some_player(n), 'load:' || n, 'Name ' || n, n FROM generate_series(1, :rows) AS n;
INSERT INTO tickets (player, id, request, build, queue, spread, state, slot, enqueued_at, expires_at, match_id, ended_at, told_seq)
SELECT some_player(n), some_ticket(n), some_bytes(32), some_bytes(32), 'ranked', 100,
       CASE WHEN n <= :rows * 0.7 THEN 2 WHEN n <= :rows * 0.75 THEN 1 ELSE 0 END, CASE WHEN n > :rows * 0.7 THEN 0 END,
       n, n + 1000, CASE WHEN n <= :rows * 0.75 THEN some_match((n + 1) / 2) END,
       CASE WHEN n <= :rows * 0.7 THEN n END, CASE WHEN n <= :rows * 0.7 THEN 1 END
FROM generate_series(1, :rows) AS n;
INSERT INTO matches (id, mode, state, queue, epoch, boot, engine, rules_version, content, rng, seed, created_at)
SELECT some_match(n), 0, CASE WHEN n <= :rows * 0.35 THEN 1 ELSE 0 END, 'ranked', 1, some_player(0), '0.1.0', 1,
       some_bytes(32), 'pcg64', some_bytes(16), n
FROM generate_series(1, (:rows * 0.375)::bigint) AS n;
INSERT INTO match_seats (match_id, side, player, ticket, build, created_at)
SELECT some_match((n + 1) / 2), (n + 1) % 2, some_player(n), some_ticket(n), some_bytes(32), (n + 1) / 2
FROM generate_series(1, (:rows * 0.75)::bigint) AS n;
INSERT INTO match_results (match_id, reason, ticks, state_hash, result, replay_key, replay_size, replay_checksum, finished_at)
SELECT some_match(n), 0, 10, 1, '\x00', 'replays/' || n, 10, some_bytes(32), n FROM generate_series(1, (:rows * 0.35)::bigint) AS n;
INSERT INTO ratings (player, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT some_player(n), 1501, 349, 0.06, 1, n, 1, 0, 0 FROM generate_series(1, (:rows * 0.7)::bigint) AS n;
INSERT INTO rating_changes
SELECT some_player(n), 1, some_match((n + 1) / 2), 1500, 350, 0.06, 1501, 349, 0.06, 1500, 350, 0.06, 0, 0, 1, n
FROM generate_series(1, (:rows * 0.7)::bigint) AS n;
INSERT INTO event_heads SELECT some_player(n), 1, 0, n FROM generate_series(1, (:rows * 0.7)::bigint) AS n;
INSERT INTO events SELECT some_player(n), 1, some_ticket(n), '{}', n FROM generate_series(1, (:rows * 0.7)::bigint) AS n;
INSERT INTO tombstones SELECT some_player(n), some_match(n), n FROM generate_series(1, :rows / 10) AS n;
INSERT INTO builds SELECT sha256(n::text::bytea), '\x00' FROM generate_series(1, :rows / 10) AS n;
INSERT INTO teams SELECT some_player(n), some_ticket(n), 'Team', sha256((1 + n % (:rows / 10))::text::bytea), n FROM generate_series(1, :rows) AS n;
INSERT INTO failures SELECT some_match(n), some_player(n), n, 'crash', 1 FROM generate_series(1, :rows / 10) AS n;
INSERT INTO dead_letters SELECT some_player(n), 'crash', n FROM generate_series(1, :rows / 10) AS n;
INSERT INTO replay_spool (replay_key, size, checksum, replay, spooled_at)
SELECT 'spooled/' || n, 1, some_bytes(32), '\x00', n FROM generate_series(1, :rows / 10) AS n;
