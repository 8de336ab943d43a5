-- A ticket whose match is not there.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' names match ' || hex(t.match_id) || ', which is not there'
FROM tickets t
LEFT JOIN matches m ON m.id = t.match_id
WHERE t.player = ?1 AND t.id = ?2
  AND t.match_id IS NOT NULL AND m.id IS NULL
LIMIT ?3
