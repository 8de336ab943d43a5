SELECT tiltyard_trim_events($1, $2)
