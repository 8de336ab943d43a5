-- Says that a node holds no stream of players.
-- KEYS the players, all of one bucket
-- ARGV[1] the node, 16 bytes
-- Returns nothing.
for _, player in ipairs(KEYS) do
  redis.call('ZREM', player, ARGV[1])
end
