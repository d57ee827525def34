-- Appends one entry to the log of a partition, unless it was appended before or the log is full.
-- KEYS: log, what tells repeats apart (see `mode`), devices of the user
-- ARGV: limit of entries, mode (counter, key, none), type, conversation, from, device, n, data, and more fields by name and value
-- Modes: counter (a hash: n modulo 64 -> n:id of the last one with that remainder, `at` -> about when its expiry was set), key (a string: the id), none
-- A message with a counter gets the field `alone` where its user has no other device than the one it comes from: then nobody has to be given it in
-- the user's own inbox. A device that comes later begins with what is accepted later.
-- Reply: {'accepted', id} {'duplicate', id} {'busy'} {'outdated'}
local mode, place, expires = ARGV[2], nil, nil
if mode == 'counter' then
  place = tostring(tonumber(ARGV[7]) % 64)
  local kept = redis.pcall('HMGET', KEYS[2], place, 'at')
  if kept.err then
    -- It was a sorted set once, with the same members.
    local members = redis.call('ZRANGE', KEYS[2], 0, -1)
    redis.call('DEL', KEYS[2])
    for _, member in ipairs(members) do
      redis.call('HSET', KEYS[2], tonumber(string.match(member, '^%d+')) % 64, member)
    end
    kept = redis.call('HMGET', KEYS[2], place, 'at')
  end
  expires = kept[2] or ''
  if kept[1] then
    local n, id = string.match(kept[1], '^(%d+):(.+)$')
    if n == ARGV[7] then
      -- A write, so that WAIT waits for the replicas to have what is before it, too.
      redis.call('EXPIRE', KEYS[2], 97200)
      return {'duplicate', id}
    end
    if tonumber(n) > tonumber(ARGV[7]) then
      return {'outdated'}
    end
  end
elseif mode == 'key' then
  local found = redis.call('GET', KEYS[2])
  if found then
    redis.call('EXPIRE', KEYS[2], 86400)
    return {'duplicate', found}
  end
end
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then
  return {'busy'}
end
if mode == 'counter' and ARGV[3] == 'message' then
  -- Where the devices cannot be read, the router comes upon that.
  local devices = redis.pcall('HKEYS', KEYS[3])
  if devices[1] == ARGV[6] and not devices[2] then
    ARGV[#ARGV + 1] = 'alone'
    ARGV[#ARGV + 1] = '1'
  end
end
local id = redis.call('XADD', KEYS[1], '*', 'type', ARGV[3], 'conversation', ARGV[4], 'from', ARGV[5],
  'device', ARGV[6], 'n', ARGV[7], 'data', ARGV[8], unpack(ARGV, 9))
if mode == 'counter' then
  -- The expiry is set anew every 10,000 s, not with every message: what is kept is so for 24 h and up to 3 h more.
  local at = string.sub(id, 1, 6)
  if at == expires then
    redis.call('HSET', KEYS[2], place, ARGV[7] .. ':' .. id)
  else
    redis.call('HSET', KEYS[2], 'at', at, place, ARGV[7] .. ':' .. id)
    redis.call('EXPIRE', KEYS[2], 97200)
  end
elseif mode == 'key' then
  redis.call('SET', KEYS[2], id, 'EX', 86400)
end
return {'accepted', id}
