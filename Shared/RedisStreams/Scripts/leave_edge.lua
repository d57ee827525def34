-- Takes an edge out of the live edges; its incarnation is left for the sweep.
-- KEYS: edges, dead incarnations
-- ARGV: edge, incarnation
-- Reply: 1 when it was there, else 0
local found = redis.call('HGET', KEYS[1], ARGV[1])
redis.call('SADD', KEYS[2], ARGV[2])
if found and cjson.decode(found).incarnation == ARGV[2] then
  return redis.call('HDEL', KEYS[1], ARGV[1])
end
return 0
