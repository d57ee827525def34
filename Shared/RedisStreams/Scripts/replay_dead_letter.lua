-- Has a dead letter handled again: appends it to the stream it came from, and takes it out of the dead letters.
-- KEYS: stream, dead letters
-- ARGV: the dead letter's id, group, how (replay: as an entry that only this group handles; again: as it was)
-- Reply: the id it has in the stream now, or '' when there is no such dead letter
local letter = redis.call('XRANGE', KEYS[2], ARGV[1], ARGV[1])[1]
if not letter then
  return ''
end
local fields = letter[2]
local id
if ARGV[3] == 'replay' then
  -- The first ten are id, class, reason, tries and users, with their names.
  id = redis.call('XADD', KEYS[1], '*', 'type', 'replay', 'group', ARGV[2], 'id', fields[2], 'users', fields[10],
    unpack(fields, 11))
elseif #fields > 10 then
  id = redis.call('XADD', KEYS[1], '*', unpack(fields, 11))
else
  return redis.error_reply('ERR the dead letter holds no entry: it can only be dropped')
end
redis.call('XDEL', KEYS[2], ARGV[1])
return id
