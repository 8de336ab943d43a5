-- Removes delivered jobs.
-- KEYS[1] the stream
-- KEYS[2] the entry of each match in the stream, a hash
-- ARGV[1] the consumer group
-- ARGV[2], ARGV[3] and on: entry and match (16 bytes) of each job
-- Returns how many were removed.
local stream, matches = KEYS[1], KEYS[2]
local removed = 0
for i = 2, #ARGV, 2 do
  if redis.call('XACK', stream, ARGV[1], ARGV[i]) == 1 then
    removed = removed + redis.call('XDEL', stream, ARGV[i])
  end
  -- Also when the stream was lost and the hash was not, or a finished match would stay in it.
  if redis.call('HGET', matches, ARGV[i + 1]) == ARGV[i] then
    redis.call('HDEL', matches, ARGV[i + 1])
  end
end
return removed
