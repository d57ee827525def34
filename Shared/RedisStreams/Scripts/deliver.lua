-- Appends a message to a user's inbox, unless it was delivered before, and says where the user's sessions are.
-- KEYS: inbox, sessions, marks
-- ARGV: partition, message id, id that must have been delivered before, mode (see below), capacity, retention in ms,
--       the message as the inbox has it (a line of id, conversation, from and device, then the data; the id is another than the second
--       argument where this is a replay, which keeps it, or a change, which has that of its asking), and more fields by name and value
-- Modes: message (says where all sessions are), ring (only if they are not all where the ring says; else a = stands for them), blind (does not
--       look), mark (appends nothing)
-- Reply, in one text with blanks between, since a table costs as much as another command:
--       'appended', cursor, previous, incarnation...; 'known', last, incarnation...; 'moved'; 'order'
local mode, marks = ARGV[4], nil
if mode == 'ring' then
  marks = redis.call('HMGET', KEYS[3], ARGV[1], 'last', 'place')
else
  marks = redis.call('HMGET', KEYS[3], ARGV[1], 'last')
end
local mark, last, reply = marks[1], marks[2] or '0-0', nil
-- idea marks: what is not newer than the mark was delivered before
if mark and not less(mark, ARGV[2]) then
  if mode == 'mark' then
    return 'moved'
  end
  reply = 'known ' .. last
elseif ARGV[3] ~= '0-0' and less(mark or '0-0', ARGV[3]) then
  return 'order'
end
-- end of idea marks
if not reply then
  if mode == 'mark' then
    redis.call('HSET', KEYS[3], ARGV[1], ARGV[2])
    return 'moved'
  end
  local cursor = redis.call('XADD', KEYS[1], '*', 'prev', last, 'message', ARGV[7], unpack(ARGV, 8))
  if not less(last, cursor) then
    -- The inbox had expired and the clock went back since: cursors must grow all the same.
    redis.call('XDEL', KEYS[1], cursor)
    local ms, n = string.match(last, '^(%d+)%-(%d+)$')
    cursor = redis.call('XADD', KEYS[1], ms .. '-' .. string.format('%.0f', tonumber(n) + 1),
      'prev', last, 'message', ARGV[7], unpack(ARGV, 8))
  end
  redis.call('HSET', KEYS[3], ARGV[1], ARGV[2], 'last', cursor)
  -- One entry in ten has the inbox cut, whether they come one by one, by their time, or many at once, by their number within it.
  if (string.byte(cursor, 13) + string.byte(cursor, -1)) % 10 == 6 then
    redis.call('XTRIM', KEYS[1], 'MAXLEN', '~', ARGV[5])
  end
  -- Where an inbox is kept for days, its expiry is set anew every 10,000 s, and not with every message.
  local retention = tonumber(ARGV[6])
  if retention < 8e7 then
    redis.call('PEXPIRE', KEYS[1], ARGV[6])
  elseif string.sub(cursor, 1, 6) ~= string.sub(last, 1, 6) then
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', retention + 1e7))
  end
  reply = 'appended ' .. cursor .. ' ' .. last
end
if mode == 'blind' then
  return reply
end
if mode == 'ring' then
  if not marks[3] then
    return reply .. ' ='
  end
  if marks[3] == 'nowhere' then
    return reply
  end
end
-- The inbox is the truth: with sessions that cannot be read the message is delivered, and nobody is told of it.
local sessions = redis.pcall('HVALS', KEYS[2])
if sessions.err or not sessions[1] then
  return reply
end
if not sessions[2] then
  return reply .. ' ' .. string.match(sessions[1], '^%S+')
end
local seen, parts = {}, {reply}
for _, session in ipairs(sessions) do
  local incarnation = string.match(session, '^%S+')
  if not seen[incarnation] then
    seen[incarnation] = true
    parts[#parts + 1] = incarnation
  end
end
return table.concat(parts, ' ')
