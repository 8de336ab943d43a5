-- Delivers waiting jobs to a consumer. A missing stream or group is made, so that the consumer may wait for it afterwards.
-- KEYS[1] the stream
-- ARGV[1] the consumer group
-- ARGV[2] the consumer
-- ARGV[3] the most jobs
-- ARGV[4] the life of a stream to which nothing is submitted, in milliseconds
-- Returns the stream with its entries as XREADGROUP does, or nothing.
local function read()
  return redis.pcall('XREADGROUP', 'GROUP', ARGV[1], ARGV[2], 'COUNT', ARGV[3], 'STREAMS', KEYS[1], '>')
end
local taken = read()
if taken and taken.err and string.find(taken.err, 'NOGROUP', 1, true) then
  redis.call('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
  if redis.call('PTTL', KEYS[1]) < 0 then
    redis.call('PEXPIRE', KEYS[1], ARGV[4])
  end
  taken = read()
end
return taken
