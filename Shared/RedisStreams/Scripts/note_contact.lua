-- Notes that a user has a direct conversation with another.
-- KEYS: contacts, marks
-- ARGV: the other user, the most contacts
-- Reply: 1 when it is new, else 0
local new = redis.call('ZADD', KEYS[1], string.format('%.0f', now_ms()), ARGV[1])
if new == 1 then
  expire_with(KEYS[2], KEYS[1])
  local over = redis.call('ZCARD', KEYS[1]) - tonumber(ARGV[2])
  if over > 0 then
    redis.call('ZREMRANGEBYRANK', KEYS[1], 0, over - 1)
  end
end
return new
