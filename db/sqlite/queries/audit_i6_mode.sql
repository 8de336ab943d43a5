-- A ranked match that no leader made, or a practice match that one did.
SELECT 'match ' || hex(m.id) || ' of mode ' || m.mode || ' has epoch ' || ifnull(m.epoch, 'none')
FROM matches m
WHERE m.id = ?1
  AND (m.mode = 0) <> (m.queue IS NOT NULL AND m.epoch IS NOT NULL)
LIMIT ?2
