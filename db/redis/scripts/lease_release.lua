-- Frees a lease for anybody if the holder has it.
-- KEYS[1] the lease
-- KEYS[2] who is next
-- ARGV[1] the holder, 16 bytes
-- Returns 1 if it was freed, 0 otherwise.
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('DEL', KEYS[1], KEYS[2])
  return 1
end
return 0
