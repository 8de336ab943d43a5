-- Finds the nodes that hold streams of players.
-- KEYS the players, all of one bucket
-- ARGV none
-- Returns for each player the array of its nodes, 16 bytes each.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local living = string.format('(%.0f', now)
local found = {}
for i, player in ipairs(KEYS) do
  found[i] = redis.call('ZRANGEBYSCORE', player, living, '+inf')
end
return found
