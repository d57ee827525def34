-- Reads the log of a feed from a place on, and in the same step enters who wants to be told of what comes after.
-- KEYS: log, head, edges, and for a group its members and hash
-- ARGV: who is to be told ('' = nobody), until how many ms from now, from where (now, beginning, after), after this place, entries to
--       read, how long the head is remembered in ms, and for a group the user who must be a member ('' = nobody asks for a user)
-- Reply: {last place, whether the place is older than all that is remembered (0, 1), entries}; with a 1 behind it when the
--        user may hear the group, and without entries and with a 0 when not
local last = redis.call('HGET', KEYS[2], 'last')
local may
if KEYS[4] and ARGV[7] ~= '' then
  may = redis.call('SISMEMBER', KEYS[4], ARGV[7]) == 1 and redis.call('HEXISTS', KEYS[5], 'large') == 1
  if not may then
    return {last or '0-0', 0, {}, 0}
  end
end
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[1], string.format('%.0f', now_ms() + tonumber(ARGV[2])))
  -- Edges that are no more cannot withdraw, and in a quiet feed nobody looks.
  if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[2]) * 2 then
    redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[2]) * 2)
  end
end
if ARGV[3] == 'now' then
  return {last or '0-0', 0, {}, may and 1 or nil}
end
local after, forgotten = ARGV[4], 0
if ARGV[3] == 'beginning' then
  after = '0-0'
elseif not last and after ~= '0-0' and tonumber(string.match(after, '^(%d+)')) < now_ms() - tonumber(ARGV[6]) then
  forgotten = 1
end
return {last or '0-0', forgotten, redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[5]),
  may and 1 or nil}
