-- Takes or renews the lease of one partition for an instance, and says where to read on.
-- KEYS: lease, position, stream, dead letters
-- ARGV: instance, lease in ms, group
-- Reply: {'taken', term, position, now in ms, lag, entries of the stream, dead letters} {'held', owner}
local now = now_ms()
local lease = redis.call('HMGET', KEYS[1], 'owner', 'term', 'expires')
local term = tonumber(lease[2] or '0')
local expired = tonumber(lease[3] or '0') <= now
if lease[1] and lease[1] ~= ARGV[1] and not expired then
  return {'held', lease[1]}
end
if lease[1] ~= ARGV[1] or expired then
  term = term + 1
end
redis.call('HSET', KEYS[1], 'owner', ARGV[1], 'term', term, 'expires', string.format('%.0f', now + tonumber(ARGV[2])))
local position = redis.call('HMGET', KEYS[2], 'id', 'read')
local id, read = position[1] or '0-0', tonumber(position[2] or '0')
-- The consumer group only mirrors the position, for XINFO GROUPS and the tools built on it.
redis.pcall('XGROUP', 'CREATE', KEYS[3], ARGV[3], id, 'MKSTREAM', 'ENTRIESREAD', read)
local added = 0
local info = redis.call('XINFO', 'STREAM', KEYS[3])
for i = 1, #info, 2 do
  if info[i] == 'entries-added' then
    added = info[i + 1]
  end
end
-- Whatever is wrong with the dead letters must not keep anybody from reading the partition.
local dead = redis.pcall('XLEN', KEYS[4])
return {'taken', term, id, string.format('%.0f', now), added - read, redis.call('XLEN', KEYS[3]), tonumber(dead) or 0}
