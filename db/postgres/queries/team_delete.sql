DELETE FROM teams WHERE player = $1 AND id = $2 RETURNING 1
