-- A match whose state and stored end differ.
SELECT 'match ' || m.id || ' in state ' || m.state || ' has ' || (r.match_id IS NOT NULL)::integer || ' results and ' || (d.match_id IS NOT NULL)::integer || ' dead letters'
FROM unnest($1::uuid[]) AS k (id)
CROSS JOIN LATERAL (SELECT * FROM matches AS m WHERE m.id = k.id OFFSET 0) AS m
LEFT JOIN LATERAL (SELECT * FROM match_results AS r WHERE r.match_id = m.id OFFSET 0) AS r ON true
LEFT JOIN LATERAL (SELECT * FROM dead_letters AS d WHERE d.match_id = m.id OFFSET 0) AS d ON true
WHERE ((m.state = 1) <> (r.match_id IS NOT NULL) OR (m.state = 2) <> (d.match_id IS NOT NULL))
LIMIT $2
