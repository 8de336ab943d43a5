SELECT m.*
FROM (SELECT s.match_id, s.created_at FROM match_seats AS s
      WHERE s.player = $1 AND (s.created_at, s.match_id) < ($2, $3)
      ORDER BY s.created_at DESC, s.match_id DESC LIMIT $4) AS h
CROSS JOIN LATERAL (SELECT * FROM match_records AS m WHERE m.id = h.match_id OFFSET 0) AS m
ORDER BY h.created_at DESC, h.match_id DESC
