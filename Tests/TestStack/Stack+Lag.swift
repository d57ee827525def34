extension Stack {
    /// How many entries of the log a group of services has not done its work on yet, over all partitions.
    package struct Lag: Sendable, Equatable {
        package var router = 0
        package var history = 0

        /// No lag, unless told otherwise.
        package init(router: Int = 0, history: Int = 0) {
            self.router = router
            self.history = history
        }
    }

    /// Reads the lag of both groups from their committed positions.
    ///
    /// Cheap, whatever the lag: it is the difference between the entries ever added and those a position counts as read.
    /// - Throws: ``TestStackError`` when Redis does not answer or refuses.
    package func lag() async throws -> Lag {
        let script = """
            local out = {}
            for _, group in ipairs({'router', 'history'}) do
              local sum = 0
              for p = 0, tonumber(ARGV[1]) - 1 do
                local log = 'sb:{p:' .. p .. '}:log'
                if redis.call('EXISTS', log) == 1 then
                  local stream = redis.call('XINFO', 'STREAM', log)
                  local info = {}
                  for i = 1, #stream, 2 do info[stream[i]] = stream[i + 1] end
                  local position = redis.call('HMGET', 'sb:{p:' .. p .. '}:position:' .. group, 'id', 'read')
                  if position[1] ~= info['last-generated-id'] then
                    sum = sum + info['entries-added'] - tonumber(position[2] or '0')
                  end
                end
              end
              out[#out + 1] = sum
            end
            return table.concat(out, ' ')
            """
        let answer = try await liveRedis().cli("EVAL", script, "0", "16")
        let numbers = answer.split(separator: " ").compactMap { Int($0) }
        guard numbers.count == 2 else { throw TestStackError(.connection, "the lag cannot be read: \(answer)") }
        return Lag(router: numbers[0], history: numbers[1])
    }

    /// The Redis that takes writes now: the first one, or what the Sentinels have put in its place.
    package func liveRedis() async throws -> RedisServer { try await sentinels?.master() ?? redis }
}
