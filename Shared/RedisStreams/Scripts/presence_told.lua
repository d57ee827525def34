-- Forgets changes of a user's status that are in the stream of transitions now.
-- KEYS: presence
-- ARGV: change...
-- Reply: how many are still to be told
local told, rest = {}, {}
for i = 1, #ARGV do
  told[ARGV[i]] = true
end
for change in string.gmatch(redis.call('HGET', KEYS[1], 'untold') or '', '%S+') do
  if not told[change] then
    rest[#rest + 1] = change
  end
end
if #rest == 0 then
  redis.call('HDEL', KEYS[1], 'untold')
else
  redis.call('HSET', KEYS[1], 'untold', table.concat(rest, ' '))
end
return #rest
