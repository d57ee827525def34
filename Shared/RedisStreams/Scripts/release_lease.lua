-- Gives a partition's lease back, if the instance still holds it in this term. The term stays, so that it only grows.
-- KEYS: lease
-- ARGV: instance, term
-- Reply: 1 when it was given back, else 0
local lease = redis.call('HMGET', KEYS[1], 'owner', 'term')
if lease[1] == ARGV[1] and lease[2] == ARGV[2] then
  redis.call('HDEL', KEYS[1], 'owner', 'expires')
  return 1
end
return 0
