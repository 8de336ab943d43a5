-- A change that is not the only one of its player and match, or whose player was not in the match.
SELECT 'change ' || c.number || ' of ' || hex(c.player) || ' is one of ' || (SELECT count(*) FROM rating_changes o WHERE o.match_id = c.match_id AND o.player = c.player) || ' from match ' || hex(c.match_id) || ', in which they had ' || (SELECT count(*) FROM match_seats s WHERE s.match_id = c.match_id AND s.player = c.player) || ' seats'
FROM rating_changes c
WHERE c.player = ?1 AND c.number = ?2
  AND c.match_id IS NOT NULL AND ((SELECT count(*) FROM rating_changes o WHERE o.match_id = c.match_id AND o.player = c.player) <> 1 OR (SELECT count(*) FROM match_seats s WHERE s.match_id = c.match_id AND s.player = c.player) <> 1)
LIMIT ?3
