-- Notes that a user hears the log of a large group from a change on, or does no more, unless something newer is noted.
-- KEYS: feeds of the user (group -> `in <change>`, with the change until which it was heard before behind it if there is one, or `out <change>`), marks
-- ARGV: group, id of the change, in (0, 1)
-- Reply: 1 when it was noted, else 0
local known = redis.call('HGET', KEYS[1], ARGV[1]) or ''
local state, change, left = string.match(known, '^(%a+) (%d+%-%d+) ?(%S*)$')
if change and less(ARGV[2], change) then
  return 0
end
local note = 'out ' .. ARGV[2]
if ARGV[3] == '1' then
  note = 'in ' .. ARGV[2]
  -- Whoever was away for all of it would not know that there was anything to be heard before.
  if state == 'out' then
    left = change
  end
  if left and left ~= '' then
    note = note .. ' ' .. left
  end
end
redis.call('HSET', KEYS[1], ARGV[1], note)
expire_with(KEYS[2], KEYS[1])
return 1
