-- Forgets where a SockJS session lives, if it is still said to live there.
-- KEYS: the session's place
-- ARGV: place
-- Reply: 1 when it was forgotten, else 0
if redis.call('GET', KEYS[1]) == ARGV[1] then
  return redis.call('DEL', KEYS[1])
end
return 0
