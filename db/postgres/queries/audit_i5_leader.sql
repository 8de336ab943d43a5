-- A leader whose epoch is not the newest of its queue, or whose epoch another process was minted.
SELECT 'queue ' || l.queue || ' is led at epoch ' || l.epoch || ' by ' || l.boot || ', which is not what was minted last'
FROM leaders l
WHERE (l.epoch, l.boot) IS DISTINCT FROM
    (SELECT (e.epoch, e.boot) FROM epochs e WHERE e.queue = l.queue ORDER BY e.epoch DESC LIMIT 1)
LIMIT $1
