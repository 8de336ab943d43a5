-- An epoch that is not higher than the one minted before it.
SELECT 'queue ' || e.queue || ' went from epoch ' || b.epoch || ' to ' || e.epoch
FROM unnest($1::bigint[]) AS k (number)
CROSS JOIN LATERAL (SELECT * FROM epochs AS e WHERE e.number = k.number OFFSET 0) AS e
CROSS JOIN LATERAL (SELECT max(b.epoch) AS epoch FROM epochs b WHERE b.queue = e.queue AND b.number < e.number) AS b
WHERE e.epoch <= b.epoch
LIMIT $2
