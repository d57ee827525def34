-- Moves a group's position on a partition forward, keeps the consumer group of that name in step, and trims the stream below
-- the lowest position of the groups that bound it.
-- KEYS: stream, lease, position, positions that bound the trimming...
-- ARGV: group, instance, term, from, to, entries between them
-- Reply: 'committed', 'behind' (the position is there already) or 'fenced' (the lease is another's)
local lease = redis.call('HMGET', KEYS[2], 'owner', 'term')
if lease[1] ~= ARGV[2] or lease[2] ~= ARGV[3] then
  return 'fenced'
end
local position = redis.call('HMGET', KEYS[3], 'id', 'read')
local id, read = position[1] or '0-0', tonumber(position[2] or '0')
if not less(id, ARGV[5]) then
  return 'behind'
end
if id == ARGV[4] then
  read = read + tonumber(ARGV[6])
else
  read = read + #redis.call('XRANGE', KEYS[1], '(' .. id, ARGV[5])
end
redis.call('HSET', KEYS[3], 'id', ARGV[5], 'read', string.format('%.0f', read))
redis.pcall('XGROUP', 'SETID', KEYS[1], ARGV[1], ARGV[5], 'ENTRIESREAD', string.format('%.0f', read))
local lowest
for i = 4, #KEYS do
  local bound = redis.call('HGET', KEYS[i], 'id')
  if not bound then
    return 'committed'
  end
  if not lowest or less(bound, lowest) then
    lowest = bound
  end
end
if lowest then
  redis.call('XTRIM', KEYS[1], 'MINID', '~', lowest)
end
return 'committed'
