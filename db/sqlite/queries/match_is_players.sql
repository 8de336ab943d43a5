-- The plus keeps the planner from walking the player's whole history instead of the match's two seats.
SELECT 1 FROM match_seats WHERE match_id = ?1 AND +player = ?2
