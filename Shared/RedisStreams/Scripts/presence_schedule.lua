-- Says when users are to be looked at next, and which have been looked at.
-- KEYS: grace
-- ARGV: user, in how many ms from now (-1 = not again), the due time that was handled (0 = none), user, ...
-- Reply: how many users of the partition are to be looked at
local now = now_ms()
for i = 1, #ARGV, 3 do
  local user, delay, handled = ARGV[i], tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  if delay >= 0 then
    redis.call('ZADD', KEYS[1], string.format('%.0f', now + math.max(delay, 1)), user)
  elseif handled > 0 and tonumber(redis.call('ZSCORE', KEYS[1], user) or -1) == handled then
    -- Only what was handled: another look may have been asked for meanwhile.
    redis.call('ZREM', KEYS[1], user)
  end
end
return redis.call('ZCARD', KEYS[1])
