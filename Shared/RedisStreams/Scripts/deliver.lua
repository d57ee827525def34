-- Appends a message to a user's inbox, unless it was delivered before, and says where the user's sessions are.
-- KEYS: inbox, sessions, marks
-- ARGV: partition, message id, id that must have been delivered before, mode (see below), capacity, retention in ms,
--       conversation, from, device, data, id of the message if it is another (a replay keeps it; a change has that of its
--       asking; '' = the same), and more fields by name and value
-- Modes: message (says where all sessions are), ring (only if they are not all where the ring says; else a = stands for them), blind (does not
--       look), mark (appends nothing)
-- Reply: {'appended', cursor, previous, incarnation...} {'known', last, incarnation...} {'moved'} {'order'}
local marks = redis.call('HMGET', KEYS[3], ARGV[1], 'last', 'place')
local mark, last, place = marks[1] or '0-0', marks[2] or '0-0', marks[3]
local function with_incarnations(reply)
  if ARGV[4] == 'blind' then
    return reply
  end
  if ARGV[4] == 'ring' then
    if not place then
      reply[#reply + 1] = '='
      return reply
    end
    if place == 'nowhere' then
      return reply
    end
  end
  local seen = {}
  -- The inbox is the truth: with sessions that cannot be read the message is delivered, and nobody is told of it.
  local sessions = redis.pcall('HVALS', KEYS[2])
  for _, session in ipairs(sessions.err and {} or sessions) do
    local incarnation = string.match(session, '^(%S+)')
    if not seen[incarnation] then
      seen[incarnation] = true
      reply[#reply + 1] = incarnation
    end
  end
  return reply
end

-- idea marks: what is not newer than the mark was delivered before
if not less(mark, ARGV[2]) then
  if ARGV[4] == 'mark' then
    return {'moved'}
  end
  return with_incarnations({'known', last})
end
if less(mark, ARGV[3]) then
  return {'order'}
end
-- end of idea marks
if ARGV[4] == 'mark' then
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
  return {'moved'}
end
local original = ARGV[11]
if not original or original == '' then
  original = ARGV[2]
end
local function append(id)
  return redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[5], id, 'prev', last, 'id', original,
    'conversation', ARGV[7], 'from', ARGV[8], 'device', ARGV[9], 'data', ARGV[10], unpack(ARGV, 12))
end
local cursor = append('*')
if not less(last, cursor) then
  -- The inbox had expired and the clock went back since: cursors must grow all the same.
  redis.call('XDEL', KEYS[1], cursor)
  local ms, n = string.match(last, '^(%d+)%-(%d+)$')
  cursor = append(ms .. '-' .. string.format('%.0f', tonumber(n) + 1))
end
redis.call('HSET', KEYS[3], ARGV[1], ARGV[2], 'last', cursor)
-- Where an inbox is kept for days, its expiry is set anew every 10,000 s, and not with every message.
local retention = tonumber(ARGV[6])
if retention < 8e7 then
  redis.call('PEXPIRE', KEYS[1], ARGV[6])
elseif string.sub(cursor, 1, 6) ~= string.sub(last, 1, 6) then
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', retention + 1e7))
end
return with_incarnations({'appended', cursor, last})
