-- Counts one use in a window that begins with its first use; a refused use changes nothing.
-- KEYS[1] the counter
-- ARGV[1] the most uses in a window
-- ARGV[2] the window, in milliseconds
-- Returns 0 if the use is allowed, else the milliseconds until the window ends.
local max, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local used = tonumber(redis.call('GET', KEYS[1]) or 0)
local left = redis.call('PTTL', KEYS[1])
-- A key lives until its time has passed by more than nothing, so it is given one millisecond less than the window.
local life = math.max(window - 1, 1)
if used > 0 and left < 0 then
  redis.call('PEXPIRE', KEYS[1], life)
  left = life
end
if used >= max then
  if used == 0 then
    return window
  end
  return left + 1
end
if used == 0 then
  redis.call('SET', KEYS[1], 1, 'PX', life)
else
  redis.call('INCR', KEYS[1])
end
return 0
