-- A match whose state and stored end differ.
SELECT 'match ' || hex(m.id) || ' in state ' || m.state || ' has ' || (r.match_id IS NOT NULL) || ' results and ' || (d.match_id IS NOT NULL) || ' dead letters'
FROM matches m
LEFT JOIN match_results r ON r.match_id = m.id
LEFT JOIN dead_letters d ON d.match_id = m.id
WHERE m.id = ?1
  AND ((m.state = 1) <> (r.match_id IS NOT NULL) OR (m.state = 2) <> (d.match_id IS NOT NULL))
LIMIT ?2
