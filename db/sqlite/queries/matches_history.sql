SELECT match_id FROM match_seats
WHERE player = ?1 AND (created_at, match_id) < (?2, ?3)
ORDER BY created_at DESC, match_id DESC
LIMIT ?4
