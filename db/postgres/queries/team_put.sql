SELECT tiltyard_put_team($1, $2, $3, $4, $5, $6, $7)
