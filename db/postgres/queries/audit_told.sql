SELECT e.at, e.player, e.seq, e.ticket, t.match_id, c.number
FROM (SELECT at, player, seq, ticket FROM events
      WHERE (at, player, seq) > ($1, $2, $3) AND at <= $4 ORDER BY at, player, seq LIMIT $5) AS e
LEFT JOIN LATERAL (SELECT * FROM tickets AS t WHERE t.player = e.player AND t.id = e.ticket OFFSET 0) AS t ON true
LEFT JOIN LATERAL (SELECT * FROM rating_changes AS c WHERE c.match_id = t.match_id AND c.player = e.player OFFSET 0) AS c ON true
ORDER BY e.at, e.player, e.seq
