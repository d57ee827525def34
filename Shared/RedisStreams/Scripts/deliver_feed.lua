-- Appends a message to the log of a feed, unless it was appended before, and says which incarnations of edges are to be told.
-- KEYS: log, head, edges
-- ARGV: place (the entry's id in the partition's log), place that must have been appended before, mode (message, mark), how many
--       entries the log keeps (0 = none), for how long in ms, how long the head is remembered in ms, from, device, data,
--       id of the message if it is another (a replay keeps it; a change has that of its asking; '' = the same), and more fields
--       by name and value
-- Reply: {'appended', previous, incarnation...} {'known', last, incarnation...} {'moved'} {'order'}
local function with_incarnations(reply)
  -- The log is the truth: with edges that cannot be read the message is delivered, and nobody is told of it.
  local edges = redis.pcall('HGETALL', KEYS[3])
  if edges.err then
    return reply
  end
  local now, seen = now_ms(), {}
  for i = 1, #edges, 2 do
    if tonumber(edges[i + 1]) <= now then
      redis.call('HDEL', KEYS[3], edges[i])
    else
      local incarnation = string.match(edges[i], '^([^/]+)')
      if not seen[incarnation] then
        seen[incarnation] = true
        reply[#reply + 1] = incarnation
      end
    end
  end
  return reply
end

local place, count = ARGV[1], tonumber(ARGV[4])
local last = redis.call('HGET', KEYS[2], 'last') or '0-0'
-- A partition is read in order: what is not newer than the head was appended before.
if not less(last, place) then
  if ARGV[3] == 'mark' then
    return {'moved'}
  end
  return with_incarnations({'known', last})
end
if less(last, ARGV[2]) then
  return {'order'}
end
if ARGV[3] == 'message' and count > 0 then
  if ARGV[10] and ARGV[10] ~= '' then
    redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[4], place, 'prev', last, 'from', ARGV[7], 'device', ARGV[8],
      'data', ARGV[9], 'id', ARGV[10], unpack(ARGV, 11))
  else
    redis.call('XADD', KEYS[1], 'MAXLEN', ARGV[4], place, 'prev', last, 'from', ARGV[7], 'device', ARGV[8],
      'data', ARGV[9], unpack(ARGV, 11))
  end
  redis.call('XTRIM', KEYS[1], 'MINID', string.format('%.0f', math.max(0, now_ms() - tonumber(ARGV[5]))) .. '-0')
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
end
redis.call('HSET', KEYS[2], 'last', place)
redis.call('PEXPIRE', KEYS[2], ARGV[6])
if ARGV[3] == 'mark' then
  return {'moved'}
end
return with_incarnations({'appended', last})
