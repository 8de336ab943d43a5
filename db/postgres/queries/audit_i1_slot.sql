-- A live ticket that the cap does not see, or an ended one that it does.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' in state ' || t.state || ' has slot ' || coalesce(t.slot::text, 'none')
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
WHERE (t.state IN (0, 1)) <> (t.slot IS NOT NULL)
LIMIT $3
