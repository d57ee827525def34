-- What several scripts need. It is put before each of them.

-- Whether the stream id a is before b. Most ids have 13 digits of milliseconds: with as many behind them they compare as texts.
local function less(a, b)
  if #a == #b and string.byte(a, 14) == 45 and string.byte(b, 14) == 45 then
    return a < b
  end
  local ams, an = string.match(a, '^(%d+)%-(%d+)$')
  local bms, bn = string.match(b, '^(%d+)%-(%d+)$')
  ams, bms = tonumber(ams), tonumber(bms)
  if ams ~= bms then
    return ams < bms
  end
  return tonumber(an) < tonumber(bn)
end

-- The marks of a user without a token expire; what else is kept of it goes with them.
local function expire_with(marks, key)
  local left = redis.call('PTTL', marks)
  if left > 0 then
    redis.call('PEXPIRE', key, left)
  end
end

-- Redis' clock, in ms since the Unix epoch.
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

