-- An epoch with other matches than it had when the next one was minted, or than its leader counted.
SELECT 'epoch ' || e.epoch || ' of queue ' || e.queue || ' has ' || coalesce(m.made, 0) || ' matches, recorded were '
    || coalesce(e.closed_with, c.made, 0)
FROM epochs e
LEFT JOIN (SELECT queue, epoch, count(*) AS made FROM matches WHERE queue IS NOT NULL GROUP BY queue, epoch) m
    ON m.queue = e.queue AND m.epoch = e.epoch
LEFT JOIN (SELECT queue, epoch, sum(made) AS made FROM epoch_counts GROUP BY queue, epoch) c
    ON c.queue = e.queue AND c.epoch = e.epoch
WHERE coalesce(m.made, 0) <> coalesce(e.closed_with, c.made, 0) OR coalesce(m.made, 0) <> coalesce(c.made, 0)
LIMIT $1
