SELECT * FROM tiltyard_cancel($1, $2, $3)
