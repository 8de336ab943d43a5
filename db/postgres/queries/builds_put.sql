-- In the order of the hashes, so that two of these never wait for each other in a circle.
INSERT INTO builds (hash, build)
SELECT DISTINCT ON (b.hash) b.hash, b.build FROM unnest($1::bytea[], $2::bytea[]) AS b (hash, build) ORDER BY b.hash
ON CONFLICT (hash) DO NOTHING
