-- Moves a device's cursor forward and trims the inbox below the lowest cursor of the user's devices.
-- KEYS: inbox, devices, marks
-- ARGV: device, cursor, how long a device is remembered in ms, the cursor that the client itself acknowledged ('' when it did not)
-- Reply: the device's cursor
local now = now_ms()
local cursor = ARGV[2]
local last = redis.call('HGET', KEYS[3], 'last') or '0-0'
if less(last, cursor) then
  cursor = last
end
local lowest
local claimed = ARGV[4]
local devices = redis.call('HGETALL', KEYS[2])
for i = 1, #devices, 2 do
  local seen_cursor, seen, seen_claim = string.match(devices[i + 1], '^(%S+) (%d+) (%S+)$')
  if devices[i] == ARGV[1] then
    if less(cursor, seen_cursor) then
      cursor = seen_cursor
    end
    if claimed == '' or less(claimed, seen_claim) then
      claimed = seen_claim
    end
  elseif now - tonumber(seen) > tonumber(ARGV[3]) then
    redis.call('HDEL', KEYS[2], devices[i])
  elseif not lowest or less(seen_cursor, lowest) then
    lowest = seen_cursor
  end
end
if not lowest or less(cursor, lowest) then
  lowest = cursor
end
if claimed == '' then
  claimed = cursor
end
redis.call('HSET', KEYS[2], ARGV[1], cursor .. ' ' .. string.format('%.0f', now) .. ' ' .. claimed)
local ms, n = string.match(lowest, '^(%d+)%-(%d+)$')
redis.call('XTRIM', KEYS[1], 'MINID', ms .. '-' .. string.format('%.0f', tonumber(n) + 1))
return cursor
