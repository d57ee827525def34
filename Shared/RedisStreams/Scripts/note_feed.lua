-- Notes that a user hears the log of a large group from a change on, or does no more, unless something newer is noted.
-- KEYS: feeds of the user (group -> `in <change>` or `out <change>`)
-- ARGV: group, id of the change, in (0, 1)
-- Reply: 1 when it was noted, else 0
local known = redis.call('HGET', KEYS[1], ARGV[1])
local change = known and string.match(known, '^%a+ (%d+%-%d+)$')
if change and less(ARGV[2], change) then
  return 0
end
redis.call('HSET', KEYS[1], ARGV[1], (ARGV[3] == '1' and 'in ' or 'out ') .. ARGV[2])
return 1
