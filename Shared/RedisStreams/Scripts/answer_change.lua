-- Appends to the log of a partition what became of wishes to change messages, but for those that were answered before.
-- KEYS: log, the last entry that was answered
-- ARGV: for each wish, in the order of the log: the entry that asked, how many arguments follow, the answer's fields by name and value
-- Reply: how many were appended
-- The log's limit is not asked: there is no more than one answer to each entry, and the limit is asked before those. Waiting for room here
-- would be waiting for oneself, as the log is not cut beyond what is not answered.
local last = redis.call('GET', KEYS[2]) or '0-0'
local place, count = 1, 0
while place < #ARGV do
  local ending = place + 1 + tonumber(ARGV[place + 1])
  if less(last, ARGV[place]) then
    redis.call('XADD', KEYS[1], '*', unpack(ARGV, place + 2, ending))
    last = ARGV[place]
    redis.call('SET', KEYS[2], last)
    count = count + 1
  end
  place = ending + 1
end
if count == 0 then
  -- A write, so that WAIT waits for the replicas to have what is before it, too.
  redis.call('SET', KEYS[2], last)
end
return count
