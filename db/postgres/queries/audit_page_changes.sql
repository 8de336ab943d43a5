SELECT player, number FROM rating_changes WHERE (player, number) > ($1, $2) ORDER BY player, number LIMIT $3
