import Messaging
import RedisBench
import RedisStreams
import Testing

@Suite struct EdgeWriterTests {
    @Test func whatAnEdgeDoesNotReadIsBoundedInBytes() async throws {
        try await withRedis { redis in
            let keys = Keys()
            let writer = EdgeWriter(redis: redis, keys: keys, bytes: 1 << 20)
            let message = EdgeBatch.Message(
                id: id(1), conversation: "dm:a:b", from: "a", device: "d", data: Array(repeating: 0x31, count: 60_000),
                recipients: [.init(user: "b", cursor: id(2), previous: id(1))])
            for _ in 0..<20 {
                try await writer.write(
                    Array(repeating: (.edge("e1"), EdgeBatch(items: [.message(message)])), count: 50))
            }
            let memory = try await redis.execute(RedisCommand("MEMORY", "USAGE", .text(keys.out("e1"))))
            #expect(try #require(memory.int) < 3 << 19)
            #expect(try await redis.execute(RedisCommand("XLEN", .text(keys.out("e1")))).int == 17)
            #expect(try await redis.execute(RedisCommand("TTL", .text(keys.out("e1")))).int ?? 0 > 0)
        }
    }

    @Test func whatAllEdgesReadIsOneEntryAndBoundedInBytesAndTime() async throws {
        try await withRedis { redis in
            let keys = Keys()
            let writer = EdgeWriter(redis: redis, keys: keys, bytes: 1 << 20)
            let batch = EdgeBatch(items: [
                .signal(
                    from: "a", device: "d", to: "user:b", at: 1, data: Array(repeating: 0x31, count: 60_000),
                    users: ["b"])
            ])
            for _ in 0..<100 { try await writer.writeToAll(batch) }
            let entries = try await redis.entries(keys.all, "batch")
            #expect(entries.count <= 17)
            #expect(try EdgeBatch(decoding: #require(entries.last).value) == batch)
            #expect(try await redis.execute(RedisCommand("TTL", .text(keys.all))).int ?? 0 > 0)
        }
    }

    @Test func onlyAnEdgeOfItsOwnIsAskedForAnAnswer() async throws {
        try await withRedis { redis in
            let keys = Keys()
            let writer = EdgeWriter(redis: redis, keys: keys)
            let batch = EdgeBatch(items: [.look(user: "b", cursor: id(1))])
            try await writer.write([(.edge("e1"), batch), (.all, batch)], answer: 7)
            try await writer.write([(.edge("e2"), batch)])
            #expect(try await redis.entries(keys.out("e1"), "answer").map { $0.value } == [Array("7".utf8)])
            #expect(try await redis.entries(keys.all, "answer").isEmpty)
            #expect(try await redis.entries(keys.all, "batch").count == 1)
            #expect(try await redis.entries(keys.out("e2"), "answer").isEmpty)
        }
    }
}
