-- Appends one entry to the log of a partition, unless it was appended before or the log is full.
-- KEYS: log, what tells repeats apart (see `mode`)
-- ARGV: limit of entries, mode (counter, key, none), type, conversation, from, device, n, data, and more fields by name and value
-- Reply: {'accepted', id} {'duplicate', id} {'busy'} {'outdated'}
local mode = ARGV[2]
if mode == 'counter' then
  local highest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
  if highest[2] and tonumber(highest[2]) >= tonumber(ARGV[7]) then
    local found = redis.call('ZRANGEBYSCORE', KEYS[2], ARGV[7], ARGV[7])
    if found[1] then
      -- A write, so that WAIT waits for the replicas to have what is before it, too.
      redis.call('EXPIRE', KEYS[2], 86400)
      return {'duplicate', string.match(found[1], ':(.+)$')}
    end
    if redis.call('ZCARD', KEYS[2]) >= 64 then
      local lowest = redis.call('ZRANGE', KEYS[2], 0, 0, 'WITHSCORES')
      if tonumber(lowest[2]) > tonumber(ARGV[7]) then
        return {'outdated'}
      end
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
local id = redis.call('XADD', KEYS[1], '*', 'type', ARGV[3], 'conversation', ARGV[4], 'from', ARGV[5],
  'device', ARGV[6], 'n', ARGV[7], 'data', ARGV[8], unpack(ARGV, 9))
if mode == 'counter' then
  redis.call('ZADD', KEYS[2], ARGV[7], ARGV[7] .. ':' .. id)
  if redis.call('ZCARD', KEYS[2]) > 96 then
    redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -65)
  end
  redis.call('EXPIRE', KEYS[2], 86400)
elseif mode == 'key' then
  redis.call('SET', KEYS[2], id, 'EX', 86400)
end
return {'accepted', id}
