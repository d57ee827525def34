-- Appends one entry to the log of a partition, unless it was appended before or the log is full.
-- KEYS: log, what tells repeats apart (see `mode`), devices of the user
-- ARGV: limit of entries, mode (counter, key, none), type, conversation, from, device, n, data, and more fields by name and value
-- Modes: counter (a list of n:id, from the lowest n to the highest, of the 64 to 96 highest), key (a string: the id), none
-- A message with a counter gets the field `alone` where its user has no other device than the one it comes from: then nobody has to be given it in
-- the user's own inbox. A device that comes later begins with what is accepted later.
-- Reply, in one text with blanks between, since a table costs as much as another command:
--       'accepted', id; 'duplicate', id; 'busy'; 'outdated'
local mode, n = ARGV[2], ARGV[7]
local period, lower
if mode == 'counter' then
  -- What is no text is made one for a command, which takes longer than to give one.
  local last = redis.pcall('LINDEX', KEYS[2], '-1')
  if type(last) == 'table' and last.err then
    -- It was a sorted set once, with the same members.
    local members = redis.call('ZRANGE', KEYS[2], 0, -1)
    redis.call('DEL', KEYS[2])
    redis.call('RPUSH', KEYS[2], unpack(members))
    last = members[#members]
  end
  local highest
  if last then
    highest, period = string.match(last, '^(%d+):(%d?%d?%d?%d?%d?%d?)')
  end
  if highest and (#highest > #n or #highest == #n and highest >= n) then
    -- Rare: a repeat, or one that was refused and comes again after later ones.
    lower = redis.call('LRANGE', KEYS[2], 0, -1)
    for _, member in ipairs(lower) do
      local other, id = string.match(member, '^(%d+):(.+)$')
      if other == n then
        -- A write, so that WAIT waits for the replicas to have what is before it, too.
        redis.call('EXPIRE', KEYS[2], 97200)
        return 'duplicate ' .. id
      end
    end
    if #lower >= 64 and tonumber(string.match(lower[1], '^%d+')) > tonumber(n) then
      return 'outdated'
    end
  end
elseif mode == 'key' then
  local found = redis.call('GET', KEYS[2])
  if found then
    redis.call('EXPIRE', KEYS[2], 86400)
    return 'duplicate ' .. found
  end
end
local length = lengths[KEYS[1]] or redis.call('XLEN', KEYS[1])
lengths[KEYS[1]] = length
if length >= tonumber(ARGV[1]) then
  return 'busy'
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
  'device', ARGV[6], 'n', n, 'data', ARGV[8], unpack(ARGV, 9))
lengths[KEYS[1]] = length + 1
if mode == 'counter' then
  local member = n .. ':' .. id
  if lower then
    local place = 1
    while tonumber(string.match(lower[place], '^%d+')) < tonumber(n) do
      place = place + 1
    end
    table.insert(lower, place, member)
    while #lower > 96 do
      table.remove(lower, 1)
    end
    redis.call('DEL', KEYS[2])
    redis.call('RPUSH', KEYS[2], unpack(lower))
  elseif redis.call('RPUSH', KEYS[2], member) > 96 then
    redis.call('LTRIM', KEYS[2], -64, -1)
  end
  -- The expiry is set anew every 10,000 s, not with every message: what is kept is so for 24 h and up to 3 h more.
  if lower or period ~= string.sub(id, 1, 6) then
    redis.call('EXPIRE', KEYS[2], 97200)
  end
elseif mode == 'key' then
  redis.call('SET', KEYS[2], id, 'EX', 86400)
end
return 'accepted ' .. id
