-- Writes the ring, if it still has the version that the writer knows.
-- KEYS: ring
-- ARGV: version expected (0 = none that can be read), new version, edges as JSON
-- Reply: {'written', ring} {'other', ring as it stands or ''}
local found = redis.call('GET', KEYS[1])
local version = 0
if found then
  local readable, ring = pcall(cjson.decode, found)
  if readable and type(ring) == 'table' and type(ring.version) == 'number' then
    version = ring.version
  end
end
if version ~= tonumber(ARGV[1]) then
  return {'other', found or ''}
end
local ring = string.format('{"version":%.0f,"edges":%s,"changed":%.0f}', tonumber(ARGV[2]), ARGV[3], now_ms())
redis.call('SET', KEYS[1], ring)
return {'written', ring}
