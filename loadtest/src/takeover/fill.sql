INSERT INTO tickets (player, id, request, build, queue, spread, state, slot, enqueued_at, expires_at)
SELECT md5('p' || n)::uuid, md5('t' || n)::uuid, sha256(n::text::bytea), (SELECT b.hash FROM builds AS b ORDER BY b.hash LIMIT 1), 'ranked', 0, 0, 0,
       m.micros - n, m.micros + 172800000000
FROM generate_series(1, $tickets) AS n CROSS JOIN (SELECT (extract(epoch FROM now()) * 1000000)::bigint AS micros) AS m;

INSERT INTO ratings (player, rating, deviation, volatility, version, rated_at, won, lost, drawn)
SELECT md5('p' || n)::uuid, 500 + n / 500.0, 120, 0.06, 1, 1, 1, 0, 0 FROM generate_series(1, $tickets) AS n ORDER BY md5(n::text);

UPDATE published_contents SET published_at = 1;
