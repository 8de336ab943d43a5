-- Finds the programs that were said to take jobs.
-- KEYS[1] the programs
-- ARGV none
-- Returns the programs.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], string.format('(%.0f', now), '+inf')
