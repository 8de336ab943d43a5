-- Counts the jobs of a stream.
-- KEYS[1] the stream
-- ARGV[1] the consumer group
-- Returns how many wait, and how many are delivered and not acknowledged.
local length = redis.call('XLEN', KEYS[1])
local pending = redis.pcall('XPENDING', KEYS[1], ARGV[1])
if not pending.err then
  return { math.max(length - pending[1], 0), pending[1] }
end
if string.find(pending.err, 'NOGROUP', 1, true) then
  return { length, 0 }
end
return pending
