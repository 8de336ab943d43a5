SELECT tiltyard_record_failure($1, $2, $3, $4, $5, $6)
