-- The users of a partition who are to be looked at by now, the longest due first.
-- KEYS: grace
-- ARGV: the most users
-- Reply: {user, due, user, due, ...}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', now_ms()), 'WITHSCORES', 'LIMIT', 0, ARGV[1])
