-- Says where a user is for who computes it from the ring: the sessions only if they are not all where the ring says.
-- KEYS: sessions, marks
-- Reply: {'='} where the ring says; {incarnation...}
local place = redis.call('HGET', KEYS[2], 'place')
if not place then
  return {'='}
end
local reply, seen = {}, {}
if place == 'nowhere' then
  return reply
end
for _, session in ipairs(redis.call('HVALS', KEYS[1])) do
  local incarnation = string.match(session, '^(%S+)')
  if not seen[incarnation] then
    seen[incarnation] = true
    reply[#reply + 1] = incarnation
  end
end
return reply
