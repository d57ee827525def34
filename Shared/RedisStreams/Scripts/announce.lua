-- Appends a session event to the events of a partition, unless these are at their high-water mark.
-- KEYS: session events
-- ARGV: limit of entries, field, value, field, value...
-- Reply: 'announced' or 'full'
if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then
  return 'full'
end
redis.call('XADD', KEYS[1], '*', unpack(ARGV, 2))
return 'announced'
