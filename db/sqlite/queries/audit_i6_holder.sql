-- A match made under an epoch that was never minted, or by a process that did not hold it.
SELECT 'match ' || hex(m.id) || ' was made under epoch ' || m.epoch || ' of queue ' || m.queue || ' by ' || ifnull(hex(m.boot), '?')
FROM matches m
LEFT JOIN epochs e ON e.queue = m.queue AND e.epoch = m.epoch
WHERE m.id = ?1
  AND m.queue IS NOT NULL AND e.boot IS NOT m.boot
LIMIT ?2
