-- A ticket that is in a match, or was, without a seat there.
SELECT 'ticket ' || t.id || ' of ' || t.player || ' in state ' || t.state || ' has no seat in match ' || coalesce(t.match_id::text, '?')
FROM unnest($1::uuid[], $2::uuid[]) AS k (player, id)
CROSS JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = k.player AND t.id = k.id OFFSET 0) AS t
WHERE (t.state IN (1, 2) OR t.match_id IS NOT NULL)
  AND (SELECT count(*) FROM match_seats s WHERE s.player = t.player AND s.ticket = t.id AND s.match_id = t.match_id) = 0
LIMIT $3
