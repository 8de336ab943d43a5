-- Reads a note.
-- KEYS[1] the note
-- ARGV none
-- Returns what it says, nil if there is none.
return redis.call('GET', KEYS[1])
