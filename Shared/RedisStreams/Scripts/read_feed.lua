-- Reads the log of a feed from a place on, and in the same step enters who wants to be told of what comes after.
-- KEYS: log, head, edges
-- ARGV: who is to be told ('' = nobody), until how many ms from now, from where (now, beginning, after), after this place, entries to
--       read, how long the head is remembered in ms
-- Reply: {last place, whether the place is older than all that is remembered (0, 1), entries}
local last = redis.call('HGET', KEYS[2], 'last')
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[3], ARGV[1], string.format('%.0f', now_ms() + tonumber(ARGV[2])))
  -- Edges that are no more cannot withdraw, and in a quiet feed nobody looks.
  if redis.call('PTTL', KEYS[3]) < tonumber(ARGV[2]) * 2 then
    redis.call('PEXPIRE', KEYS[3], tonumber(ARGV[2]) * 2)
  end
end
if ARGV[3] == 'now' then
  return {last or '0-0', 0, {}}
end
local after, forgotten = ARGV[4], 0
if ARGV[3] == 'beginning' then
  after = '0-0'
elseif not last and after ~= '0-0' and tonumber(string.match(after, '^(%d+)')) < now_ms() - tonumber(ARGV[6]) then
  forgotten = 1
end
return {last or '0-0', forgotten, redis.call('XRANGE', KEYS[1], '(' .. after, '+', 'COUNT', ARGV[5])}
