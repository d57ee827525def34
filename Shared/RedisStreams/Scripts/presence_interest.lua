-- Says that an edge wants to be told of changes of a user's presence, and reads the present one, in one step: a change is either in what
-- is read or told.
-- KEYS: presence, watchers
-- ARGV: incarnation, for how long in ms
-- Reply: the view (see presence_view.lua)
local p = read_presence(KEYS[1])
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now_ms() + tonumber(ARGV[2])))
if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) then
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
return add_view(p, {})
