-- Brings what presence says of a user in line with the user's sessions.
-- KEYS: sessions, presence, watchers
-- ARGV: what happened (connect, end, check), when (ms; 0 = now), grace in ms, how many incarnations are live, incarnation...
--       (the live ones first, then those known to be dead)
-- Reply: {status, since, changed (0, 1), when to check again in ms from now (-1 = not at all)}, and where there is something to be told
--        besides: untold changes (with blanks between), the view (see presence_view.lua), watching incarnation...
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
local live, seen, unknown, dead = false, 'offline', {'unknown'}, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local incarnation = string.match(all[i + 1], '^(%S+)') or ''
  if known[incarnation] == 'live' then
    live = true
    -- A session may be hidden from others: the third word says so.
    if string.match(all[i + 1], '^%S+ %S+ (%S+)') ~= 'hidden' then
      seen = 'online'
    end
  elseif known[incarnation] == 'dead' then
    dead[#dead + 1] = all[i]
  else
    unknown[#unknown + 1] = incarnation
  end
end
if seen == 'offline' and #unknown > 1 then
  return unknown
end
-- A session that an edge registered after it had been declared dead: the sweep may have passed already.
for _, session in ipairs(dead) do
  redis.call('HDEL', KEYS[1], session)
end

local p = read_presence(KEYS[2])
local also = redis.call('HMGET', KEYS[2], 'ended', 'checks')
local ended, checks = tonumber(also[1]), tonumber(also[2])

-- Each change of a user is later than the one before, so that user and time name it.
local function change(status, time)
  time = math.max(time, tonumber(p.since) + 1)
  local before = p.shown
  p.status, p.since = status, string.format('%.0f', time)
  redis.call('HSET', KEYS[2], 'status', status, 'since', p.since)
  see(p, status == 'online' and seen or 'offline', time, now)
  if not p.changed then
    revise(p, now)
  end
  -- Told by whoever asked for this look, who asks again until it is. It is only a list if that fails again and again.
  local entry = status .. ':' .. p.since .. ':' .. (before ~= p.shown and '1' or '0')
  local untold = p.untold == '' and entry or p.untold .. ' ' .. entry
  if #untold > 1024 then
    untold = string.match(untold, '^%S+ (.+)$') or entry
  end
  p.untold = untold
  redis.call('HSET', KEYS[2], 'untold', untold)
end
local function settled(changed, again)
  local reply = {p.status, p.since, changed, again}
  if p.changed or p.untold ~= '' then
    reply[5] = p.untold
    add_watchers(KEYS[3], now, add_view(p, reply))
  end
  return reply
end

if live then
  if ended or checks then
    redis.call('HDEL', KEYS[2], 'ended', 'checks')
  end
  if p.status == 'online' then
    see(p, seen, now, now)
    return settled(0, -1)
  end
  -- A check finds a session that came after the event that asked for it: it began at about now.
  change('online', what == 'connect' and at or now)
  return settled(1, -1)
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
if p.status ~= 'online' then
  return settled(0, again)
end
-- In the time of grace others go on seeing what they saw.
if not ended then
  ended = at
  redis.call('HSET', KEYS[2], 'ended', string.format('%.0f', ended))
end
local left = ended + grace - now
if left > 0 then
  if again < 0 or left < again then
    again = left
  end
  return settled(0, again)
end
redis.call('HDEL', KEYS[2], 'ended')
change('offline', ended)
return settled(1, again)
