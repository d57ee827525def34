-- Copies an entry that cannot be handled, as it is, into the dead letters beside its stream.
-- KEYS: stream, dead letters
-- ARGV: id, reason, about how many dead letters are kept
-- Reply: 1 when it was put there now, 0 when it was there already
if redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1] then
  return 0
end
local entry = redis.call('XRANGE', KEYS[1], ARGV[1], ARGV[1])[1]
local fields = entry and entry[2] or {}
local added = redis.pcall('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], ARGV[1], 'reason', ARGV[2], unpack(fields))
if type(added) == 'table' and added.err then
  -- Ids only grow in a stream, and a later one is there: then it goes to the end under its name.
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'id', ARGV[1], 'reason', ARGV[2], unpack(fields))
end
return 1
