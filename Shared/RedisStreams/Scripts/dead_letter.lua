-- Copies an entry that cannot be handled, as it is, into the dead letters beside its stream, unless it is settled already: done by
-- another, or put aside before. What was itself a replay is put aside as what it replays.
-- KEYS: stream, dead letters, what has been put aside beyond the position, position
-- ARGV: about how many dead letters are kept, the entry's id, class, reason, tries, users for whom, with blanks between ('' = all)
-- Reply: 1 when it was put there now, 0 when it was settled
local id, users = ARGV[2], ARGV[6]
local position = redis.call('HGET', KEYS[4], 'id')
if position and not less(position, id) then
  return 0
end
local known = redis.call('HGET', KEYS[3], id)
if known == '*' then
  return 0
end
if known and users ~= '' then
  local new = {}
  for user in string.gmatch(users, '%S+') do
    if not string.find(' ' .. known .. ' ', ' ' .. user .. ' ', 1, true) then
      new[#new + 1] = user
    end
  end
  if #new == 0 then
    return 0
  end
  users = table.concat(new, ' ')
end
local entry = redis.call('XRANGE', KEYS[1], id, id)[1]
local fields = entry and entry[2] or {}
local original, first = id, 1
local concerned = users
if fields[2] == 'replay' and fields[1] == 'type' and fields[3] == 'group' and fields[5] == 'id' and fields[7] == 'users'
  and string.match(fields[6], '^%d+%-%d+$') then
  original, first = fields[6], 9
  if users == '' then
    concerned = fields[8]
  end
end
-- What unpack can put on the stack of C is limited: an entry made by hand may have more fields than that.
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[1], '*', 'id', original, 'class', ARGV[3], 'reason', ARGV[4],
  'tries', ARGV[5], 'users', concerned, unpack(fields, first, math.min(#fields, 2000)))
redis.call('HSET', KEYS[3], id, users == '' and '*' or (known and known .. ' ' .. users or users))
if position and redis.call('HLEN', KEYS[3]) % 5000 == 0 then
  -- Below the position everything is settled.
  for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
    if not less(position, field) then
      redis.call('HDEL', KEYS[3], field)
    end
  end
end
return 1
