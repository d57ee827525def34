-- Applies a membership change of the log to a group's member set, unless it or a newer one was applied before. A group that becomes large by it
-- has a log of its own from this change on, and no more when it has become small again; who stops being a member of a large one is named in that log.
-- KEYS: members, group, log of the group, head of that log, members that were staged for this change
-- ARGV: the change's id in the log, operation (replace, staged: replace by what was staged, add, remove, delete), the most members, how long to
--       remember a deleted group in ms, name, with more members than this a group becomes large, with this many or fewer it is no more,
--       who leaves (blanks between; * = everybody has to ask; '' = nobody), entries that the log keeps, for how long in ms, how long its
--       head is remembered in ms, the change's place in the log of the partition (its id, but for a replay), member...
-- Reply: {'applied', members now, large (0, 1), place before the entry of who leaves ('' without one)} {'outdated', version} {'full', members now} {'unknown'}
local group = redis.call('HMGET', KEYS[2], 'version', 'deleted', 'large')
local version, operation, large = group[1], ARGV[2], group[3]
-- idea member-version: what is not newer than the last change was applied before
if version and not less(version, ARGV[1]) then
  redis.call('UNLINK', KEYS[5])
  return {'outdated', version}
end
-- end of idea member-version
local exists = version and group[2] ~= '1'
if not exists and operation ~= 'replace' and operation ~= 'staged' then
  -- A change that was on its way when the group was deleted must not bring it back.
  if version then
    redis.call('HSET', KEYS[2], 'version', ARGV[1])
  end
  return {'unknown'}
end
local place, first = ARGV[12], 13
-- unpack puts its values on the stack of C, which is limited: a thousand members go in portions.
local function each_portion(command)
  for i = first, #ARGV, 500 do
    redis.call(command, KEYS[1], unpack(ARGV, i, math.min(i + 499, #ARGV)))
  end
end
local limit = tonumber(ARGV[3])
local function full()
  redis.call('UNLINK', KEYS[5])
  if version then
    redis.call('HSET', KEYS[2], 'version', ARGV[1])
  end
  return {'full', redis.call('SCARD', KEYS[1])}
end
if operation == 'add' then
  local after = redis.call('SCARD', KEYS[1])
  for i = first, #ARGV do
    after = after + 1 - redis.call('SISMEMBER', KEYS[1], ARGV[i])
  end
  if after > limit then
    return full()
  end
  each_portion('SADD')
elseif operation == 'replace' or operation == 'staged' then
  local count = #ARGV - first + 1
  if operation == 'staged' then
    count = redis.call('SCARD', KEYS[5])
    if count == 0 then
      return redis.error_reply('ERR the members that were staged for the change are gone')
    end
  end
  if count > limit then
    return full()
  end
  redis.call('UNLINK', KEYS[1])
  if operation == 'staged' then
    redis.call('RENAME', KEYS[5], KEYS[1])
    redis.call('PERSIST', KEYS[1])
  else
    each_portion('SADD')
  end
  redis.call('HSET', KEYS[2], 'name', ARGV[5], 'deleted', '0')
  redis.call('PERSIST', KEYS[2])
elseif operation == 'remove' then
  each_portion('SREM')
elseif operation == 'delete' then
  redis.call('UNLINK', KEYS[1])
  redis.call('HDEL', KEYS[2], 'name')
  redis.call('HSET', KEYS[2], 'deleted', '1')
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
else
  return redis.error_reply('ERR unknown operation of a membership change')
end
redis.call('HSET', KEYS[2], 'version', ARGV[1])

local now, left, before = redis.call('SCARD', KEYS[1]), ARGV[8], ''
local function moves_head()
  local last = redis.call('HGET', KEYS[4], 'last') or '0-0'
  if not less(last, place) then
    return nil
  end
  redis.call('HSET', KEYS[4], 'last', place)
  redis.call('PEXPIRE', KEYS[4], ARGV[11])
  redis.call('HSET', KEYS[2], 'departed', place)
  return last
end
if large then
  if now <= tonumber(ARGV[7]) then
    large, left = false, '*'
    redis.call('HDEL', KEYS[2], 'large', 'departed')
  end
  if left ~= '' then
    local last = moves_head()
    if last then
      before = last
      redis.call('XADD', KEYS[3], 'MAXLEN', ARGV[9], place, 'prev', last, 'from', '', 'device', '', 'data', '',
        'left', left)
      redis.call('PEXPIRE', KEYS[3], ARGV[10])
    end
    if not large then
      redis.call('HDEL', KEYS[2], 'departed')
    end
  end
elseif now > tonumber(ARGV[6]) then
  large = place
  redis.call('HSET', KEYS[2], 'large', large)
  -- Whoever comes late with a message of before the change must not append it here: it went to the inboxes.
  moves_head()
end
return {'applied', now, large and 1 or 0, before}
