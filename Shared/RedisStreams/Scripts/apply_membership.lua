-- Applies a membership change of the log to a group's member set, unless it or a newer one was applied before.
-- KEYS: members, group
-- ARGV: the change's id in the log, operation (replace, add, remove, delete), the most members, how long to remember a deleted
--       group in ms, name, member...
-- Reply: {'applied', members now} {'outdated', version} {'full', members now} {'unknown'}
local group = redis.call('HMGET', KEYS[2], 'version', 'deleted')
local version, operation = group[1], ARGV[2]
-- idea member-version: what is not newer than the last change was applied before
if version and not less(version, ARGV[1]) then
  return {'outdated', version}
end
-- end of idea member-version
local exists = version and group[2] ~= '1'
if not exists and operation ~= 'replace' then
  -- A change that was on its way when the group was deleted must not bring it back.
  if version then
    redis.call('HSET', KEYS[2], 'version', ARGV[1])
  end
  return {'unknown'}
end
-- unpack puts its values on the stack of C, which is limited: a thousand members go in portions.
local function each_portion(command)
  for i = 6, #ARGV, 500 do
    redis.call(command, KEYS[1], unpack(ARGV, i, math.min(i + 499, #ARGV)))
  end
end
local limit = tonumber(ARGV[3])
if operation == 'add' then
  local after = redis.call('SCARD', KEYS[1])
  for i = 6, #ARGV do
    after = after + 1 - redis.call('SISMEMBER', KEYS[1], ARGV[i])
  end
  if after > limit then
    redis.call('HSET', KEYS[2], 'version', ARGV[1])
    return {'full', redis.call('SCARD', KEYS[1])}
  end
  each_portion('SADD')
elseif operation == 'replace' then
  if #ARGV - 5 > limit then
    if version then
      redis.call('HSET', KEYS[2], 'version', ARGV[1])
    end
    return {'full', redis.call('SCARD', KEYS[1])}
  end
  redis.call('DEL', KEYS[1])
  each_portion('SADD')
  redis.call('HSET', KEYS[2], 'name', ARGV[5], 'deleted', '0')
  redis.call('PERSIST', KEYS[2])
elseif operation == 'remove' then
  each_portion('SREM')
elseif operation == 'delete' then
  redis.call('DEL', KEYS[1])
  redis.call('HDEL', KEYS[2], 'name')
  redis.call('HSET', KEYS[2], 'deleted', '1')
  redis.call('PEXPIRE', KEYS[2], ARGV[4])
else
  return redis.error_reply('ERR unknown operation of a membership change')
end
redis.call('HSET', KEYS[2], 'version', ARGV[1])
return {'applied', redis.call('SCARD', KEYS[1])}
