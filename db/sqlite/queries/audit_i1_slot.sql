-- A live ticket that the cap does not see, or an ended one that it does.
SELECT 'ticket ' || hex(t.id) || ' of ' || hex(t.player) || ' in state ' || t.state || ' has slot ' || ifnull(t.slot, 'none')
FROM tickets t
WHERE t.player = ?1 AND t.id = ?2
  AND (t.state IN (0, 1)) <> (t.slot IS NOT NULL)
LIMIT ?3
