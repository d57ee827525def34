-- Says for how much longer somebody wants to be told of a feed, and where the feed stands.
-- KEYS: head, edges
-- ARGV: who ('' = nobody: only look), until how many ms from now
-- Reply: last place
if ARGV[1] ~= '' then
  redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f', now_ms() + tonumber(ARGV[2])))
  if redis.call('PTTL', KEYS[2]) < tonumber(ARGV[2]) * 2 then
    redis.call('PEXPIRE', KEYS[2], tonumber(ARGV[2]) * 2)
  end
end
return redis.call('HGET', KEYS[1], 'last') or '0-0'
