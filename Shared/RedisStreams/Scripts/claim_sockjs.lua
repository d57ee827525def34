-- Says where a SockJS session lives; with a lease, takes it for who asks where nobody has it, or renews it.
-- KEYS: the session's place
-- ARGV: place of who asks, lease in ms (0: only says)
-- Reply: the place, nil when there is none
local place = redis.call('GET', KEYS[1])
local lease = tonumber(ARGV[2])
if lease > 0 and (not place or place == ARGV[1]) then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', lease)
  return ARGV[1]
end
return place
