-- Takes the edges whose lease has lapsed out of the live edges, all in one write, and lists the incarnations still to be swept.
-- KEYS: edges, dead incarnations
-- Reply: {incarnation...}
local now = now_ms()
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local record = cjson.decode(all[i + 1])
  if record.expires <= now then
    redis.call('HDEL', KEYS[1], all[i])
    redis.call('SADD', KEYS[2], record.incarnation)
  end
end
return redis.call('SMEMBERS', KEYS[2])
