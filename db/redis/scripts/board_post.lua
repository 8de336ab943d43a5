-- Pins a note for some time.
-- KEYS[1] the note
-- ARGV[1] what it says
-- ARGV[2] its life, in milliseconds
-- Returns OK.
return redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
