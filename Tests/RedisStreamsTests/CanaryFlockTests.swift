import Messaging
import RedisBench
import TestStack
import Testing

@testable import RedisStreams

/// Canaries through a real Redis.
@Suite struct CanaryFlockTests {
    private func flock(_ redis: RedisConnection, logLimit: Int = 1000) -> CanaryFlock {
        CanaryFlock(
            redis: redis, keys: Keys(), origin: .edge, name: "e1", interval: .seconds(3), limit: .seconds(8),
            logLimit: logLimit)
    }

    private func canaries(_ redis: RedisConnection, partition: Int) async throws -> [(id: MessageID, Canary)] {
        let reply = try await redis.execute(RedisCommand("XRANGE", .text(Keys().log(partition)), "-", "+"))
        return try StreamEntry.entries(reply).compactMap { entry in
            Canary(try LogEntry(fields: entry.fields)).map { (entry.id, $0) }
        }
    }

    @Test func aRoundPutsOneIntoTheLogOfEachPartitionAndIsProvenByItsReturn() async throws {
        try await withRedis { redis async throws in
            let flock = flock(redis)
            #expect(flock.send(to: [0, 1], share: 2) == 2)
            try await eventually("both logs hold a canary") { try await !canaries(redis, partition: 1).isEmpty }
            for partition in [0, 1] {
                let (id, canary) = try #require(try await canaries(redis, partition: partition).first)
                #expect(canary.origin == .edge && canary.name == "e1")
                #expect(flock.returned(partition: partition, life: "another", number: canary.number) == nil)
                if partition == 0 {
                    #expect(flock.returned(partition: 0, life: canary.life, number: canary.number) != nil)
                } else {
                    try await eventually("the log's id is known") { flock.returned(partition: 1, through: id) != nil }
                }
            }
            #expect(flock.isSettled && flock.failure() == nil)
        }
    }

    @Test func aFullLogIsNamed() async throws {
        try await withRedis { redis async throws in
            let flock = flock(redis, logLimit: 1)
            _ = try await redis.execute(RedisCommand("XADD", .text(Keys().log(0)), "*", "a", "b"))
            flock.send(to: [0], share: 1)
            try await eventually("the full log is named") {
                flock.failure()?.reason(reader: "").contains("the log is full") == true
            }
        }
    }

    @Test func aRedisThatIsAwayIsNamed() async throws {
        try await withRedis { redis, server async throws in
            try await eventually("there is a link") { redis.isConnected }
            try await server.kill()
            try await eventually("the link is gone") { !redis.isConnected }
            let flock = flock(redis)
            flock.send(to: [0], share: 1)
            try await eventually("Redis is named") { flock.failure()?.reason(reader: "").contains("redis:") == true }
        }
    }
}
