SELECT number FROM epochs WHERE number > $1 ORDER BY number LIMIT $2
