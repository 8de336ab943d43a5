-- A ranked match that no leader made, or a practice match that one did.
SELECT 'match ' || m.id || ' of mode ' || m.mode || ' has epoch ' || coalesce(m.epoch::text, 'none')
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
WHERE (m.mode = 0) <> (m.queue IS NOT NULL AND m.epoch IS NOT NULL)
LIMIT $2
