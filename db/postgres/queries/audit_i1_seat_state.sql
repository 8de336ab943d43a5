-- A seat whose ticket is not where its match says: pending - matched, done - finished, dead-lettered - returned.
SELECT 'match ' || m.id || ' in state ' || m.state || ' seats ticket ' || s.ticket || ' in state ' || coalesce(t.state::text, 'missing')
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM match_seats AS s WHERE s.match_id = m.id OFFSET 0) AS s ON true
LEFT JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = s.player AND t.id = s.ticket OFFSET 0) AS t ON true
WHERE s.player IS NOT NULL
  AND (t.state IS DISTINCT FROM CASE m.state WHEN 0 THEN 1 WHEN 1 THEN 2 ELSE 5 END OR t.match_id IS DISTINCT FROM m.id)
LIMIT $2
