-- Which incarnations of edges want to be told of a feed, without appending anything.
-- KEYS: edges
-- Reply: {incarnation...}
local now, seen, reply = now_ms(), {}, {}
local edges = redis.call('HGETALL', KEYS[1])
for i = 1, #edges, 2 do
  local incarnation = string.match(edges[i], '^([^/]+)')
  if tonumber(edges[i + 1]) > now and not seen[incarnation] then
    seen[incarnation] = true
    reply[#reply + 1] = incarnation
  end
end
return reply
