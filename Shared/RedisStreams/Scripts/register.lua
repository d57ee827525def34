-- Adds a session to a user and reads the inbox from its cursor on, in one step: what is delivered later is routed to it.
-- KEYS: inbox, sessions, devices, marks, feeds, presence, contacts, groups
-- ARGV: session, incarnation, device, cursor ('' when none was given), from the start (0, 1), most sessions,
--       entries to read, retention in ms, how long a device is remembered in ms, the cursor that the client itself named
--       or acknowledged ('' when it did not), hidden from others (0, 1), whether the ring says that the user belongs to this
--       edge (0, 1), when the session's token was issued in ms, for how many ms what is kept of the user is to be kept (0 = for good)
-- Reply: {'registered', start, gap (0, 1), last, entries, {large group, note, ...}} {'many', session, value, ...} {'revoked'}
local marks = redis.call('HMGET', KEYS[4], 'last', 'revoked')
if marks[2] and tonumber(ARGV[13]) < tonumber(marks[2]) then
  redis.call('HDEL', KEYS[2], ARGV[1])
  return {'revoked'}
end
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 0 and redis.call('HLEN', KEYS[2]) >= tonumber(ARGV[6]) then
  return {'many', unpack(redis.call('HGETALL', KEYS[2]))}
end
local now = now_ms()
local last = marks[1] or '0-0'
redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', math.max(0, now - tonumber(ARGV[8]))) .. '-0')

-- What a device needs no more reaches further than what its client knows of: behind that come its own messages, which it is not sent.
local known, claimed
local device = redis.call('HGET', KEYS[3], ARGV[3])
if device then
  local cursor, seen, claim = string.match(device, '^(%S+) (%d+) (%S+)$')
  if now - tonumber(seen) <= tonumber(ARGV[9]) then
    known, claimed = cursor, claim
  end
end
local from_start = ARGV[5] == '1'
local start
if from_start then
  start = '0-0'
elseif ARGV[4] ~= '' then
  start = ARGV[4]
  if less(last, start) then
    start = last
  end
  if known and not less(start, claimed) and less(start, known) then
    start = known
  end
else
  start = known or last
end
local seen = known or start
if less(seen, start) then
  seen = start
end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[2] .. ' ' .. ARGV[3] .. (ARGV[11] == '1' and ' hidden' or ''))
-- Who computes where the user is, is told when that is not so: of this session, or of another one.
local edge = string.match(ARGV[2], '^([^:]*)')
local is_home = ARGV[12] == '1'
if is_home and redis.call('HLEN', KEYS[2]) > 1 then
  for _, session in ipairs(redis.call('HVALS', KEYS[2])) do
    is_home = is_home and string.match(session, '^([^:]*)') == edge
  end
end
if is_home then
  redis.call('HDEL', KEYS[4], 'place')
else
  redis.call('HSET', KEYS[4], 'place', 'elsewhere')
end
if not claimed then
  claimed = start
end
if ARGV[10] ~= '' and less(claimed, ARGV[10]) then
  claimed = ARGV[10]
end
redis.call('HSET', KEYS[3], ARGV[3], seen .. ' ' .. string.format('%.0f', now) .. ' ' .. claimed)

local entries = redis.call('XRANGE', KEYS[1], '(' .. start, '+', 'COUNT', ARGV[7])
local gap = 0
if not from_start then
  if entries[1] then
    if less(start, entries[1][2][2]) then
      gap = 1
    end
  elseif less(start, last) then
    gap = 1
  end
end
-- What is not to be told of any more, since whoever was away for so long is told of more than that.
local notes = redis.call('HGETALL', KEYS[5])
for i = 1, #notes, 2 do
  local ended = string.match(notes[i + 1], '^out (%d+)')
  if ended and tonumber(ended) < now - tonumber(ARGV[8]) then
    redis.call('HDEL', KEYS[5], notes[i])
  end
end
-- A name that was made up for one session is never heard of again, unless somebody is given it by a token.
local kept = tonumber(ARGV[14])
if kept > 0 then
  redis.call('HSET', KEYS[4], 'anonymous', '1')
  redis.call('HSET', KEYS[6], 'anonymous', '1')
  for i = 2, #KEYS do
    redis.call('PEXPIRE', KEYS[i], ARGV[14])
  end
elseif redis.call('PTTL', KEYS[4]) >= 0 then
  for i = 2, #KEYS do
    redis.call('PERSIST', KEYS[i])
  end
end
return {'registered', start, gap, last, entries, notes}
