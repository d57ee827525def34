-- Refuses a user's tokens issued before a time, from now on, and says where the user has sessions: with register, which compares, there is no window.
-- KEYS: sessions, marks
-- ARGV: the time in ms
-- Reply: {the time that counts, sessions, incarnation...}
local before = redis.call('HGET', KEYS[2], 'revoked')
-- Only grows: a request that was delayed does not take back a later one.
if not before or tonumber(before) < tonumber(ARGV[1]) then
  before = ARGV[1]
  redis.call('HSET', KEYS[2], 'revoked', before)
end
local sessions = redis.call('HVALS', KEYS[1])
local reply = {before, #sessions}
local seen = {}
for _, session in ipairs(sessions) do
  local incarnation = string.match(session, '^(%S+)')
  if not seen[incarnation] then
    seen[incarnation] = true
    reply[#reply + 1] = incarnation
  end
end
return reply
