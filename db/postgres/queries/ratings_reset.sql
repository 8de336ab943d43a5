SELECT tiltyard_reset_ratings($1, $2, $3, $4, $5, $6, $7, $8)
