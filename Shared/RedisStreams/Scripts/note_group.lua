-- Notes that a user comes into a group or has left it, unless something newer is noted.
-- KEYS: groups of the user (group -> id of the change that brought the user in), marks
-- ARGV: group, id of the change, in (0, 1)
-- Reply: 1 when it was noted, else 0
local known = redis.call('HGET', KEYS[1], ARGV[1])
if known and less(ARGV[2], known) then
  return 0
end
if ARGV[3] == '1' then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
  expire_with(KEYS[2], KEYS[1])
elseif known then
  redis.call('HDEL', KEYS[1], ARGV[1])
end
return 1
