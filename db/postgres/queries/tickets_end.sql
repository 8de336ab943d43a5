SELECT * FROM tiltyard_end($1, $2, $3, $4, $5)
