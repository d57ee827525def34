-- Up to where some device of a user has what was said in a conversation.
-- KEYS: inbox, devices, marks
-- ARGV: conversation, its partition, how many entries of the inbox to look through
-- Reply: {'through', message id} up to and with that id; {'before', message id} up to the message before that one;
--        {'unknown'} no device is known, or what it lacks is more than that, or is not in the inbox any more
local best
local devices = redis.call('HVALS', KEYS[2])
for _, device in ipairs(devices) do
  local cursor = string.match(device, '^(%S+)')
  if not best or less(best, cursor) then
    best = cursor
  end
end
local marks = redis.call('HMGET', KEYS[3], ARGV[2], 'last')
if not best or not marks[1] then
  return {'unknown'}
end
if not less(best, marks[2] or '0-0') then
  return {'through', marks[1]}
end
local entries = redis.call('XRANGE', KEYS[1], '(' .. best, '+', 'COUNT', ARGV[3])
if not entries[1] or less(best, entries[1][2][2]) then
  return {'unknown'}
end
for _, entry in ipairs(entries) do
  local id, conversation = entry[2][4], entry[2][6]
  if entry[2][3] == 'message' then
    id, conversation = string.match(id, '^(%S+) (%S+)')
  end
  if conversation == ARGV[1] then
    return {'before', id}
  end
end
if #entries < tonumber(ARGV[3]) then
  return {'through', marks[1]}
end
return {'unknown'}
