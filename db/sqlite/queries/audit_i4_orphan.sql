-- A change of somebody without a rating, or past its version.
SELECT 'change ' || c.number || ' of ' || hex(c.player) || ' is not in their rating, which is at version ' || ifnull(r.version, 'none')
FROM rating_changes c
LEFT JOIN ratings r ON r.player = c.player
WHERE c.player = ?1 AND c.number = ?2
  AND (r.player IS NULL OR r.version < c.number)
LIMIT ?3
