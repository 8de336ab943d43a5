-- Says that a node runs a program and takes its jobs, for a time. All programs are one sorted set, by the end of their entries.
-- KEYS[1] the programs
-- ARGV[1] the program
-- ARGV[2] the time, in milliseconds
-- Returns nothing.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now))
-- Of two nodes with one program the entry of whoever speaks for longer stays.
redis.call('ZADD', KEYS[1], 'GT', string.format('%.0f', now + ARGV[2]), ARGV[1])
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
