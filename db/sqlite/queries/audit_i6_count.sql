-- An epoch with other matches than it had when the next one was minted, or than its leader counted.
SELECT 'epoch ' || e.epoch || ' of queue ' || e.queue || ' has ' || ifnull(m.made, 0) || ' matches, recorded were ' || ifnull(e.closed_with, e.made)
FROM epochs e
LEFT JOIN (SELECT queue, epoch, count(*) AS made FROM matches WHERE queue IS NOT NULL GROUP BY queue, epoch) m
    ON m.queue = e.queue AND m.epoch = e.epoch
WHERE ifnull(m.made, 0) <> ifnull(e.closed_with, e.made)
LIMIT ?1
