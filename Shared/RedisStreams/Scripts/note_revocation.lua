-- Notes that a user's tokens issued before now are to be refused, for those who follow the notes, and forgets what no token can be as old as.
-- KEYS: revocations
-- ARGV: user, how long a token can live in ms, most users
-- Reply: the time in ms, later than that of every other note; nil when there are too many
local now = now_ms()
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', string.format('(%.0f', now - tonumber(ARGV[2])))
if not redis.call('ZSCORE', KEYS[1], ARGV[1]) and redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[3]) then
  return false
end
-- Who follows reads on after the last time it has seen, so no two notes have the same, and none an earlier one, whatever the clock does.
local newest = redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2]
if newest and tonumber(newest) >= now then
  now = tonumber(newest) + 1
end
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return string.format('%.0f', now)
