-- Says that an instance of a group of services is alive, forgets those that are not, and lists the rest.
-- KEYS: instances
-- ARGV: instance, lease in ms (0 = the instance leaves)
-- Reply: {instance...}
local now = now_ms()
if ARGV[2] == '0' then
  redis.call('HDEL', KEYS[1], ARGV[1])
else
  redis.call('HSET', KEYS[1], ARGV[1], string.format('%.0f', now + tonumber(ARGV[2])))
end
local live = {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if tonumber(all[i + 1]) <= now then
    redis.call('HDEL', KEYS[1], all[i])
  else
    live[#live + 1] = all[i]
  end
end
return live
