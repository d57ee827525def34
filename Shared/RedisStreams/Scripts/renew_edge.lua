-- Writes or renews an edge's record among the live edges.
-- KEYS: edges, dead incarnations
-- ARGV: edge, incarnation, take (0, 1), lease in ms, url, sessions, draining (0, 1), capacity
-- Reply: {'renewed'} {'lapsed'} {'superseded', incarnation}
local now = now_ms()
local since = now
local found = redis.call('HGET', KEYS[1], ARGV[1])
if found then
  local record = cjson.decode(found)
  if record.incarnation == ARGV[2] then
    since = record.since
  elseif ARGV[3] == '1' then
    redis.call('SADD', KEYS[2], record.incarnation)
  else
    return {'superseded', record.incarnation}
  end
elseif ARGV[3] ~= '1' then
  return {'lapsed'}
end
redis.call('HSET', KEYS[1], ARGV[1], string.format(
  '{"incarnation":%s,"url":%s,"sessions":%d,"draining":%s,"capacity":%d,"since":%.0f,"expires":%.0f}',
  cjson.encode(ARGV[2]), cjson.encode(ARGV[5]), tonumber(ARGV[6]), ARGV[7] == '1' and 'true' or 'false',
  tonumber(ARGV[8]), since, now + tonumber(ARGV[4])))
return {'renewed'}
