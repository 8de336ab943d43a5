-- A live ticket that the cap does not see, or an ended one that it does.
SELECT 'ticket ' || hex(id) || ' of ' || hex(player) || ' in state ' || state || ' has slot ' || ifnull(slot, 'none')
FROM tickets WHERE (state IN (0, 1)) <> (slot IS NOT NULL)
LIMIT ?1
