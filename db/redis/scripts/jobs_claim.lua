-- Delivers jobs again that were delivered some time ago, and forgets consumers that have been silent for long and hold none.
-- KEYS[1] the stream
-- ARGV[1] the consumer group
-- ARGV[2] the claimant
-- ARGV[3] the most jobs
-- ARGV[4] the least time since a job's delivery, in milliseconds
-- ARGV[5] the silence after which a consumer is forgotten, in milliseconds
-- Returns for each job its entry, how often it was delivered, and its fields.
local stream, group, claimant = KEYS[1], ARGV[1], ARGV[2]
local idle = redis.pcall('XPENDING', stream, group, 'IDLE', ARGV[4], '-', '+', ARGV[3])
if idle.err then
  if string.find(idle.err, 'NOGROUP', 1, true) then
    return {}
  end
  return idle
end
local claimed = {}
if #idle > 0 then
  local claim, deliveries = { 'XCLAIM', stream, group, claimant, ARGV[4] }, {}
  for _, job in ipairs(idle) do
    claim[#claim + 1] = job[1]
    deliveries[job[1]] = job[4] + 1
  end
  -- An entry that is gone from the stream is taken off the list of delivered ones, and not returned.
  for _, entry in ipairs(redis.call(unpack(claim))) do
    if entry then
      claimed[#claimed + 1] = { entry[1], deliveries[entry[1]], entry[2] }
    end
  end
end
for _, fields in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local consumer = {}
  for i = 1, #fields, 2 do
    consumer[fields[i]] = fields[i + 1]
  end
  if consumer.pending == 0 and consumer.idle > tonumber(ARGV[5]) and consumer.name ~= claimant then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, consumer.name)
  end
end
return claimed
