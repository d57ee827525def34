-- What a user wants to be seen as, and what is seen. Put before the scripts that change or read it.
--
-- Fields of a presence hash: status, since (what is so), seen (what others would see if nothing were hidden), mode (online, away,
-- invisible), text (what the user wants), shown, shown-since (what others see), rev (grows with every change), untold (changes of status
-- that are not in the stream yet). One that was written before there was hiding has only the first two.
local function read_presence(key)
  local found = redis.call('HMGET', key, 'status', 'since', 'seen', 'mode', 'text', 'shown', 'shown-since', 'rev', 'untold')
  local status, since = found[1] or 'offline', found[2] or '0'
  return {
    key = key, status = status, since = since, seen = found[3] or status, mode = found[4] or 'online', text = found[5] or '',
    shown = found[6] or status, shown_since = found[7] or since, rev = tonumber(found[8]) or 0, untold = found[9] or '',
    changed = false, is_kept = found[3] and found[6],
  }
end

-- It grows even if the hash was lost in between.
local function revise(p, now)
  p.rev = math.max(p.rev + 1, now)
  p.changed = true
  redis.call('HSET', p.key, 'rev', string.format('%.0f', p.rev))
end

-- Others would see this from `at` on if nothing were hidden.
local function see(p, seen, at, now)
  if p.seen ~= seen or not p.is_kept then
    p.seen = seen
    redis.call('HSET', p.key, 'seen', seen)
  end
  local shown = seen == 'online' and p.mode ~= 'invisible' and 'online' or 'offline'
  if p.shown ~= shown then
    p.shown, p.shown_since = shown, string.format('%.0f', at)
    redis.call('HSET', p.key, 'shown', shown, 'shown-since', p.shown_since)
    revise(p, now)
  elseif not p.is_kept then
    -- What is left out is taken for what is so, which may change.
    redis.call('HSET', p.key, 'shown', shown, 'shown-since', p.shown_since)
  end
  p.is_kept = true
end

-- rev; status, since, state, text as others see them; the same as the user does.
local function add_view(p, reply)
  local n = #reply
  local seen = p.shown == 'online'
  reply[n + 1] = string.format('%.0f', p.rev)
  reply[n + 2] = p.shown
  reply[n + 3] = p.shown_since
  reply[n + 4] = seen and p.mode == 'away' and 'away' or ''
  reply[n + 5] = seen and p.text or ''
  reply[n + 6] = p.status
  reply[n + 7] = p.since
  reply[n + 8] = p.mode == 'online' and '' or p.mode
  reply[n + 9] = p.text
  return reply
end

-- The incarnations whose interest holds; the others are forgotten.
local function add_watchers(key, now, reply)
  local all = redis.call('HGETALL', key)
  for i = 1, #all, 2 do
    if tonumber(all[i + 1]) > now then
      reply[#reply + 1] = all[i]
    else
      redis.call('HDEL', key, all[i])
    end
  end
  return reply
end

