-- Removes sessions of a user that still belong to this incarnation of an edge.
-- KEYS: sessions
-- ARGV: incarnation, session...
-- Reply: how many were removed
local removed = 0
local prefix = ARGV[1] .. ' '
for i = 2, #ARGV do
  local session = redis.call('HGET', KEYS[1], ARGV[i])
  if session and string.sub(session, 1, #prefix) == prefix then
    removed = removed + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return removed
