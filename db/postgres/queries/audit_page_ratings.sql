SELECT player FROM ratings WHERE player > $1 ORDER BY player LIMIT $2
