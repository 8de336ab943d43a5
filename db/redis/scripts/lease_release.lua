-- Frees a lease if the holder has it.
-- KEYS[1] the lease
-- ARGV[1] the holder, 16 bytes
-- Returns 1 if it was freed, 0 otherwise.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
