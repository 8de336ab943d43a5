-- Takes a lease if it is free, or renews it if the holder has it.
-- KEYS[1] the lease
-- ARGV[1] the holder, 16 bytes
-- ARGV[2] its life, in milliseconds
-- Returns 1 if the holder has it, 0 if another one has.
local holder = redis.call('GET', KEYS[1])
if not holder then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return 1
end
if holder ~= ARGV[1] then
  return 0
end
-- Not SET: a server out of memory refuses that, and its leaders would all step down.
redis.call('PEXPIRE', KEYS[1], ARGV[2])
return 1
