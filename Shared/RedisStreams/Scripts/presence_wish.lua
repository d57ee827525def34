-- Sets down what a user wants to be seen as.
-- KEYS: presence, watchers
-- ARGV: mode (online, away, invisible), text ('' for none)
-- Reply: {changed (0, 1), the view, watching incarnation...}
local now = now_ms()
local p = read_presence(KEYS[1])
if p.mode ~= ARGV[1] or p.text ~= ARGV[2] then
  p.mode, p.text = ARGV[1], ARGV[2]
  redis.call('HSET', KEYS[1], 'mode', p.mode, 'text', p.text)
  see(p, p.seen, now, now)
  if not p.changed then
    revise(p, now)
  end
end
return add_watchers(KEYS[2], now, add_view(p, {p.changed and 1 or 0}))
