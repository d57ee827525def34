-- Looks where a user's sessions are, and writes down whether that is where the ring says.
-- KEYS: sessions, marks
-- ARGV: the edge that the ring says ('' for none), incarnations that are dead...
-- Reply: {last, incarnation...}
local dead = {}
for i = 2, #ARGV do
  dead[ARGV[i]] = true
end
local reply, seen = {redis.call('HGET', KEYS[2], 'last') or '0-0'}, {}
local place = 'nowhere'
for _, session in ipairs(redis.call('HVALS', KEYS[1])) do
  local incarnation = string.match(session, '^(%S+)')
  if not seen[incarnation] and not dead[incarnation] then
    seen[incarnation] = true
    reply[#reply + 1] = incarnation
    if string.match(incarnation, '^([^:]*)') ~= ARGV[1] then
      place = 'elsewhere'
    elseif place == 'nowhere' then
      place = nil
    end
  end
end
if place then
  redis.call('HSET', KEYS[2], 'place', place)
else
  redis.call('HDEL', KEYS[2], 'place')
end
return reply
