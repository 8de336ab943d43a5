-- A match made under an epoch that was never minted, or by a process that did not hold it.
SELECT 'match ' || m.id || ' was made under epoch ' || m.epoch || ' of queue ' || m.queue || ' by ' || coalesce(m.boot::text, '?')
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM epochs AS e WHERE e.queue = m.queue AND e.epoch = m.epoch OFFSET 0) AS e ON true
WHERE m.queue IS NOT NULL AND e.boot IS DISTINCT FROM m.boot
LIMIT $2
