-- An epoch that made a match after the next one was minted.
SELECT 'epoch ' || e.epoch || ' of queue ' || e.queue || ' made ' || c.made || ' matches, ' || e.closed_with || ' when the next one was minted'
FROM unnest($1::bigint[]) AS k (number)
CROSS JOIN LATERAL (SELECT * FROM epochs AS e WHERE e.number = k.number OFFSET 0) AS e
CROSS JOIN LATERAL (SELECT coalesce(sum(c.made), 0) AS made FROM epoch_counts AS c WHERE c.queue = e.queue AND c.epoch = e.epoch) AS c
WHERE e.closed_with <> c.made
LIMIT $2
