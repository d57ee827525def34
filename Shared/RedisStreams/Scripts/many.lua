-- Does one call after the other, as if each had come alone: what fails concerns that one.
-- KEYS: those of all calls. ARGV: keys of each call, and for each: how many arguments it has, and these.
-- Reply: that of each call
local width = tonumber(ARGV[1])
local replies, argument, key = {}, 2, 1
while argument <= #ARGV do
  local count = tonumber(ARGV[argument])
  local done, reply = pcall(call, {unpack(KEYS, key, key + width - 1)},
    {unpack(ARGV, argument + 1, argument + count)})
  if not done and type(reply) ~= 'table' then
    reply = {err = tostring(reply)}
  end
  replies[#replies + 1] = reply or false
  argument, key = argument + count + 1, key + width
end
return replies
