SELECT tiltyard_give_up($1, $2, $3, $4, $5, $6, $7, $8)
