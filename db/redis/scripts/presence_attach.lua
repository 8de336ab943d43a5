-- Says that a node holds streams of players, for a time. Each player is a sorted set of nodes by the end of their entries.
-- KEYS the players, all of one bucket
-- ARGV[1] the node, 16 bytes
-- ARGV[2] the time, in milliseconds
-- Returns nothing.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local ended, ends = string.format('%.0f', now), string.format('%.0f', now + ARGV[2])
for _, player in ipairs(KEYS) do
  redis.call('ZREMRANGEBYSCORE', player, '-inf', ended)
  redis.call('ZADD', player, ends, ARGV[1])
  if redis.call('PTTL', player) < tonumber(ARGV[2]) then
    redis.call('PEXPIRE', player, ARGV[2])
  end
end
