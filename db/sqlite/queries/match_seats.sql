SELECT player, ticket, bot, build FROM match_seats WHERE match_id = ?1 ORDER BY side
