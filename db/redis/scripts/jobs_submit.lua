-- Appends jobs to a stream, as long as it has room for waiting ones. A job whose match is in the stream is not appended again.
-- KEYS[1] the stream
-- KEYS[2] the entry of each match in the stream, a hash
-- ARGV[1] the consumer group
-- ARGV[2] the most waiting jobs
-- ARGV[3] the life of a stream to which nothing is submitted, in milliseconds
-- ARGV[4], ARGV[5] and on: match (16 bytes) and request of each job
-- Returns for each job 1 if it is in the stream, 0 if there is no room.
local stream, matches = KEYS[1], KEYS[2]
local room = tonumber(ARGV[2])
local length = redis.call('XLEN', stream)
if length == 0 then
  -- What the hash still names was lost with the stream.
  redis.call('UNLINK', matches)
else
  local pending = redis.pcall('XPENDING', stream, ARGV[1])
  if not pending.err then
    room = room - (length - pending[1])
  elseif string.find(pending.err, 'NOGROUP', 1, true) then
    room = room - length
  else
    return pending
  end
end
local submitted, appended = {}, false
for i = 4, #ARGV, 2 do
  local known = redis.call('HGET', matches, ARGV[i])
  local there = known and #redis.call('XRANGE', stream, known, known) > 0
  if there then
    submitted[#submitted + 1] = 1
  elseif room <= 0 then
    submitted[#submitted + 1] = 0
  else
    local entry = redis.call('XADD', stream, '*', 'm', ARGV[i], 'r', ARGV[i + 1])
    redis.call('HSET', matches, ARGV[i], entry)
    submitted[#submitted + 1] = 1
    room = room - 1
    appended = true
  end
end
if appended then
  redis.call('PEXPIRE', stream, ARGV[3])
  redis.call('PEXPIRE', matches, ARGV[3])
end
return submitted
