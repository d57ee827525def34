-- Brings what presence says of a user in line with the user's sessions.
-- KEYS: sessions, presence
-- ARGV: what happened (connect, end, check), when (ms; 0 = now), grace in ms, how many incarnations are live, incarnation...
--       (the live ones first, then those known to be dead)
-- Reply: {status, since, changed (0, 1), when to check again in ms from now (-1 = not at all)}
--        {'unknown', incarnation...} when it depends on sessions of incarnations that are in neither list: nothing was done
local now = now_ms()
local what, at, grace, live_count = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
if at <= 0 or at > now then
  at = now
end
local known = {}
for i = 5, #ARGV do
  known[ARGV[i]] = i - 4 <= live_count and 'live' or 'dead'
end
local live, unknown, dead = false, {'unknown'}, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local incarnation = string.match(all[i + 1], '^(%S+)') or ''
  if known[incarnation] == 'live' then
    live = true
  elseif known[incarnation] == 'dead' then
    dead[#dead + 1] = all[i]
  else
    unknown[#unknown + 1] = incarnation
  end
end
if not live and #unknown > 1 then
  return unknown
end
-- A session that an edge registered after it had been declared dead: the sweep may have passed already.
for _, session in ipairs(dead) do
  redis.call('HDEL', KEYS[1], session)
end

local presence = redis.call('HMGET', KEYS[2], 'status', 'since', 'ended', 'checks')
local status, since = presence[1] or 'offline', presence[2] or '0'
local ended, checks = tonumber(presence[3]), tonumber(presence[4])

if live then
  if ended or checks then
    redis.call('HDEL', KEYS[2], 'ended', 'checks')
  end
  if status == 'online' then
    return {status, since, 0, -1}
  end
  -- A check finds a session that came after the event that asked for it: it began at about now.
  since = string.format('%.0f', what == 'connect' and at or now)
  redis.call('HSET', KEYS[2], 'status', 'online', 'since', since)
  return {'online', since, 1, -1}
end

-- Events are written before a session is registered, so a connect may be here before its session: look again, ever more rarely.
local delays = {100, 400, 1500, 5000, 15000}
local again = -1
if what == 'connect' then
  checks = 0
end
if checks then
  checks = checks + 1
  if delays[checks] then
    again = delays[checks]
    redis.call('HSET', KEYS[2], 'checks', checks)
  else
    redis.call('HDEL', KEYS[2], 'checks')
  end
end
if status ~= 'online' then
  return {status, since, 0, again}
end
if not ended then
  ended = at
  redis.call('HSET', KEYS[2], 'ended', string.format('%.0f', ended))
end
local left = ended + grace - now
if left > 0 then
  if again < 0 or left < again then
    again = left
  end
  return {status, since, 0, again}
end
since = string.format('%.0f', ended)
redis.call('HSET', KEYS[2], 'status', 'offline', 'since', since)
redis.call('HDEL', KEYS[2], 'ended')
return {'offline', since, 1, again}
