-- Removes what is kept of a user, and moves the mark of a partition to where its log says so: nothing older of it is delivered any more.
-- KEYS: marks, then what goes: inbox, devices, presence, contacts, groups, feeds, closes
-- ARGV: partition, id of the entry
-- Reply: how many keys there were
local gone = redis.call('DEL', unpack(KEYS, 2))
local mark = redis.call('HGET', KEYS[1], ARGV[1])
-- The rest stays: the last id ever given, so that cursors grow; since when tokens are good; and where sessions are that are ending.
if not mark or less(mark, ARGV[2]) then
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
return gone
