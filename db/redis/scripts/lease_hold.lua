-- Takes a lease if it is free, or renews it if who asks has it. Of those who wait, the first to ask once half of its life is left
-- is next: after its end it is kept for them for a tenth of its life.
-- KEYS[1] the lease
-- KEYS[2] who is next
-- ARGV[1] who asks, 16 bytes
-- ARGV[2] its life, in milliseconds
-- Returns 2 if they have it, 1 if they are next, 0 otherwise.
local who, life = ARGV[1], tonumber(ARGV[2])
local holder = redis.call('GET', KEYS[1])
if holder == who then
  -- Not SET: a server out of memory refuses that, and its leaders would all step down.
  redis.call('PEXPIRE', KEYS[1], life)
  redis.call('DEL', KEYS[2])
  return 2
end
local next = redis.call('GET', KEYS[2])
if next and next ~= who then
  return 0
end
if not holder then
  redis.call('SET', KEYS[1], who, 'PX', life)
  redis.call('DEL', KEYS[2])
  return 2
end
local left = redis.call('PTTL', KEYS[1])
if left * 2 > life then
  return 0
end
redis.call('SET', KEYS[2], who, 'PX', left + math.ceil(life / 10))
return 1
