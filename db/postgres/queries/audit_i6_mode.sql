-- A ranked match that no leader made, or a practice match that one did.
SELECT 'match ' || id || ' of mode ' || mode || ' has epoch ' || coalesce(epoch::text, 'none')
FROM matches WHERE (mode = 0) <> (queue IS NOT NULL AND epoch IS NOT NULL)
LIMIT $1
