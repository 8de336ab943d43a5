-- A match fought with another build than its ticket had when it was queued.
SELECT 'match ' || m.id || ' seats build ' || encode(s.build, 'hex') || ', ticket ' || s.ticket || ' was queued with ' || encode(t.build, 'hex')
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM match_seats AS s WHERE s.match_id = m.id OFFSET 0) AS s ON true
LEFT JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = s.player AND t.id = s.ticket OFFSET 0) AS t ON true
WHERE s.build <> t.build
LIMIT $2
