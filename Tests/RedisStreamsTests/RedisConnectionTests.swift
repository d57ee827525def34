import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

@Suite struct RedisConnectionTests {
    @Test func repliesOfAllShapesAreRead() async throws {
        try await withRedis { redis in
            #expect(try await redis.execute(RedisCommand("PING")) == .status("PONG"))
            #expect(try await redis.execute(RedisCommand("GET", "none")) == .null)
            #expect(try await redis.execute(RedisCommand("INCR", "count")) == .integer(1))
            _ = try await redis.execute(RedisCommand("SET", "b", .bytes([0, 1, 255, 13, 10])))
            #expect(try await redis.execute(RedisCommand("GET", "b")) == .bytes([0, 1, 255, 13, 10]))
            #expect(
                try await redis.execute(RedisCommand("EVAL", "return {1, {'a'}, false}", 0))
                    == .array([.integer(1), .array([.bytes([97])]), .null]))
        }
    }

    @Test func anErrorOfRedisConcernsItsCommandAlone() async throws {
        try await withRedis { redis in
            let results = await redis.execute([
                RedisCommand("SET", "k", "v"), RedisCommand("INCR", "k"), RedisCommand("GET", "k"),
            ])
            #expect(results[0] == .success(.status("OK")))
            #expect(throws: RedisError.self) { try results[1].get() }
            #expect(results[2] == .success(.bytes([118])))
        }
    }

    @Test func commandsOfManyCallersAreExecutedEachOnce() async throws {
        try await withRedis { redis in
            try await withThrowingTaskGroup { group in
                for _ in 0..<50 {
                    group.addTask {
                        for _ in 0..<20 { _ = try await redis.execute(RedisCommand("INCR", "count")) }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await redis.execute(RedisCommand("GET", "count")).int == 1000)
        }
    }

    @Test func scriptsThatRedisForgotAreLoadedAgainAndTheOrderStays() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(RedisCommand("SCRIPT", "FLUSH"))
            let keys = Keys()
            let results = await redis.execute(
                (1...5).map { n in
                    PublishScript.command(
                        keys: keys, partition: 0,
                        entry: LogEntry(
                            kind: .message, conversation: .group("g"), from: "a", device: "d", n: UInt64(n), data: [48]),
                        deduplication: .counter, limit: 10)
                })
            let ids = try results.map { result in
                guard case .accepted(let id) = try PublishScript.reply(result.get()) else {
                    throw RedisError.unexpectedReply("publish in a test")
                }
                return id
            }
            #expect(ids == ids.sorted())
            #expect(Set(ids).count == 5)
        }
    }

    @Test func withoutRedisCommandsFailAtOnceAndWorkAgainWhenItIsBack() async throws {
        try await withRedis { redis, server in
            _ = try await redis.execute(RedisCommand("SET", "k", "v"))
            try await server.kill()
            try await eventually { !redis.isConnected }
            let error = await #expect(throws: RedisError.self) { try await redis.execute(RedisCommand("PING")) }
            #expect(error?.code == .disconnected)
            try await server.restart()
            try await eventually { (try? await redis.execute(RedisCommand("GET", "k"))) == .bytes([118]) }
        }
    }

    @Test func aRedisThatDoesNotAnswerTimesOut() async throws {
        try await withRedis { _, server in
            var configuration = try server.configuration
            configuration.replyTimeout = .milliseconds(200)
            let redis = RedisConnection(configuration, name: "impatient", logger: quiet)
            try await withRunning(redis) {
                _ = try await redis.execute(RedisCommand("PING"))
                let error = await #expect(throws: RedisError.self) {
                    try await redis.execute(RedisCommand("BLPOP", "nothing", 5))
                }
                #expect(error?.code == .timedOut)
            }
        }
    }

    @Test func aFullQueueRefusesWithOverloaded() async throws {
        try await withRedis { _, server in
            var configuration = try server.configuration
            configuration.queueLimit = 3
            // It does not run, so that what is sent stays in the queue.
            let redis = RedisConnection(configuration, name: "full", logger: quiet)
            let refused = Mutex(0)
            for _ in 0..<5 {
                redis.send(RedisCommand("PING")) { result in
                    if case .failure(let error) = result, error.code == .overloaded { refused.withLock { $0 += 1 } }
                }
            }
            #expect(refused.withLock { $0 } == 2)
            try await withRunning(redis) {
                try await eventually { (try? await redis.execute(RedisCommand("PING"))) == .status("PONG") }
            }
        }
    }

    @Test func aWrongPasswordIsAStartUpErrorThatNamesTheSetting() async throws {
        try await withRedis { redis, server in
            _ = try await redis.execute(RedisCommand("CONFIG", "SET", "requirepass", "right"))
            let configuration = try RedisConfiguration(url: "redis://:wrong@127.0.0.1:\(server.port)")
            let error = await #expect(throws: RedisError.self) {
                try await Installation.check(configuration, keys: .init(), partitions: 16, logger: quiet)
            }
            #expect(error?.code == .configuration)
            #expect("\(error!)".contains("REDIS_URL"))
            #expect(!"\(error!)".contains("wrong@"))
        }
    }

    @Test func anotherNumberOfPartitionsIsAStartUpErrorThatNamesBoth() async throws {
        try await withRedis { _, server in
            let error = await #expect(throws: RedisError.self) {
                try await Installation.check(try server.configuration, keys: .init(), partitions: 8, logger: quiet)
            }
            #expect("\(error!)".contains("PARTITIONS is 8"))
            #expect("\(error!)".contains("16"))
        }
    }

    @Test func aRedisThatIsNotThereIsAStartUpErrorAfterAWhile() async throws {
        let configuration = try RedisConfiguration(url: "redis://127.0.0.1:1")
        let error = await #expect(throws: RedisError.self) {
            try await Installation.check(
                configuration, keys: .init(), partitions: 16, patience: .milliseconds(300), logger: quiet)
        }
        #expect("\(error!)".contains("REDIS_URL"))
    }
}
