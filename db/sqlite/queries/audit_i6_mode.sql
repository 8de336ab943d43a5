-- A ranked match that no leader made, or a practice match that one did.
SELECT 'match ' || hex(id) || ' of mode ' || mode || ' has epoch ' || ifnull(epoch, 'none')
FROM matches WHERE (mode = 0) <> (queue IS NOT NULL AND epoch IS NOT NULL)
LIMIT ?1
