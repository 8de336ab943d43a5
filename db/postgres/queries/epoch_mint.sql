SELECT tiltyard_mint($1, $2, $3)
