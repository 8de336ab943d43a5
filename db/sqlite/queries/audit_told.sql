SELECT e.at, e.player, e.seq, e.ticket, t.match_id, c.number
FROM events e
LEFT JOIN tickets t ON t.player = e.player AND t.id = e.ticket
LEFT JOIN rating_changes c ON c.match_id = t.match_id AND c.player = e.player
WHERE (e.at, e.player, e.seq) > (?1, ?2, ?3) AND e.at <= ?4
ORDER BY e.at, e.player, e.seq
LIMIT ?5
