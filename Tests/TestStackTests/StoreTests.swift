import TestStack
import Testing

/// What the bench does to a Redis is what it says it does.
@Suite struct StoreTests {
    @Test func aFullDiskMakesRedisRefuseWritesUntilThereIsRoom() async throws {
        let redis = try await RedisServer.start(disk: 16)
        #expect(try await redis.cli("SET", "sb:a", "1") == "OK")
        try await redis.fillDisk()
        #expect(try await redis.cli("GET", "sb:a") == "1")
        try await redis.freeDisk()
        try await eventually("Redis takes writes again") { try await redis.cli("SET", "sb:a", "2") == "OK" }
        try await redis.stop()
    }

    @Test func theSentinelsPutTheReplicaInTheMastersPlace() async throws {
        let redis = try await RedisServer.start()
        let sentinels = try await RedisSentinels.start(master: redis)
        #expect(try await sentinels.master() === redis)
        #expect(try await redis.cli("SET", "sb:a", "1") == "OK")
        #expect(try await redis.cli("WAIT", "1", "5000") == "1")
        try await redis.kill()
        try await eventually("the replica is the master", within: .seconds(60)) {
            try await sentinels.master() === sentinels.second
        }
        try await eventually("it takes writes", within: .seconds(60)) {
            try await sentinels.second.cli("SET", "sb:b", "2") == "OK"
        }
        #expect(try await sentinels.second.cli("GET", "sb:a") == "1")
        try await sentinels.stop()
    }
}
