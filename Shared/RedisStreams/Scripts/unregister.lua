-- Removes sessions of a user that still belong to this incarnation of an edge, and notes how one came to its end.
-- KEYS: sessions, closes
-- ARGV: incarnation, what to note of its end ('' for nothing, else code, who, session, device and edge), session...
-- Reply: how many were removed
local removed = 0
local prefix = ARGV[1] .. ' '
for i = 3, #ARGV do
  local session = redis.call('HGET', KEYS[1], ARGV[i])
  if session and string.sub(session, 1, #prefix) == prefix then
    removed = removed + redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
if ARGV[2] ~= '' then
  -- For people to read: where it cannot be noted, nothing else is the worse for it. A repeat is noted once.
  local notes = redis.pcall('LRANGE', KEYS[2], 0, -1)
  for _, note in ipairs(notes.err and {} or notes) do
    if string.match(note, '^%S+ %S+ %S+ (%S+)') == ARGV[3] then
      return removed
    end
  end
  if not notes.err then
    redis.call('LPUSH', KEYS[2], string.format('%.0f', now_ms()) .. ' ' .. ARGV[2])
    redis.call('LTRIM', KEYS[2], 0, 4)
    redis.call('PEXPIRE', KEYS[2], 86400000)
  end
end
return removed
