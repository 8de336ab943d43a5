-- A live ticket that the cap does not see, or an ended one that it does.
SELECT 'ticket ' || id || ' of ' || player || ' in state ' || state || ' has slot ' || coalesce(slot::text, 'none')
FROM tickets WHERE (state IN (0, 1)) <> (slot IS NOT NULL)
LIMIT $1
