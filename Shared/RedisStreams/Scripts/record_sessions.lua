-- Keeps the record of which sessions an incarnation of an edge has, for the sweep after its death. Events that were done before, or come
-- in another order than they happened, change nothing.
-- KEYS: sessions of the incarnation (session -> 'sequence user'), its fence, its sessions that ended before they were seen to begin
-- ARGV: partition, most ended sessions to remember, how long the fences hold in ms, then for each event: id in the stream, kind (connect,
--       disconnect), session, user, sequence
-- Reply: how many events were done
local done = 0
local mark = redis.call('HGET', KEYS[2], ARGV[1]) or '0-0'
local before = mark
for i = 4, #ARGV, 5 do
  local id, kind, session, user, sequence = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3], tonumber(ARGV[i + 4])
  -- A partition's events are read in order: what is not after the mark was done before, by this reader or by another one.
  if less(mark, id) then
    mark = id
    local found = redis.call('HGET', KEYS[1], session)
    local last = found and (tonumber(string.match(found, '^(%d+) ')) or 0)
    if kind == 'connect' then
      local ended = tonumber(redis.call('ZSCORE', KEYS[3], session) or -1)
      if ended < sequence and not (last and last >= sequence) then
        redis.call('HSET', KEYS[1], session, ARGV[i + 4] .. ' ' .. user)
        done = done + 1
      end
      if ended >= 0 and ended < sequence then
        redis.call('ZREM', KEYS[3], session)
      end
    elseif last then
      if last <= sequence then
        redis.call('HDEL', KEYS[1], session)
        redis.call('ZADD', KEYS[3], sequence, session)
        done = done + 1
      end
    else
      redis.call('ZADD', KEYS[3], 'GT', sequence, session)
      done = done + 1
    end
  end
end
if mark ~= before then
  redis.call('HSET', KEYS[2], ARGV[1], mark)
  redis.call('PEXPIRE', KEYS[2], ARGV[3])
  local over = redis.call('ZCARD', KEYS[3]) - tonumber(ARGV[2])
  if over > 0 then
    redis.call('ZREMRANGEBYRANK', KEYS[3], 0, over - 1)
  end
  redis.call('PEXPIRE', KEYS[3], ARGV[3])
end
return done
