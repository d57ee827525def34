-- What several scripts need. It is put before each of them.

-- Whether the stream id a is before b. Most ids have 13 digits of milliseconds, which compare as texts; so do numbers behind them, of one length.
local function less(a, b)
  if string.byte(a, 14) == 45 and string.byte(b, 14) == 45 then
    if #a == #b or string.sub(a, 1, 13) ~= string.sub(b, 1, 13) then
      return a < b
    end
    return #a < #b
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

-- How many entries streams had when one of the calls that go as one looked, and those that they have appended since: nothing else runs in between.
local lengths = {}

-- Redis' clock, in ms since the Unix epoch: asked once for all that goes as one call.
local clock
local function now_ms()
  if not clock then
    local time = redis.call('TIME')
    clock = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  end
  return clock
end

