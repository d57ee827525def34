import Messaging
import RedisBench
import RedisStreams
import Testing

/// The ring in Redis, and in the memory of those who follow it.
@Suite struct RingTests {
    private let keys = Keys()
    private let edges = [HashRing.Edge(id: "e1"), HashRing.Edge(id: "e\u{2d}2", weight: 30)]

    private func write(
        _ redis: RedisConnection, _ version: Int64, over expected: Int64, _ edges: [HashRing.Edge]? = nil
    ) async throws -> WriteRingScript.Reply {
        try WriteRingScript.reply(
            await redis.execute(
                WriteRingScript.command(
                    keys: keys, edges: edges ?? self.edges, version: version, expected: expected)))
    }

    @Test func aRingIsReadAsItWasWritten() async throws {
        try await withRedis { redis in
            let (before, _) = try await RingQuery.read(redis, keys: keys)
            #expect(before == .none)
            guard case .written(let ring) = try await write(redis, 1, over: 0) else {
                Issue.record("not written")
                return
            }
            #expect(ring.version == 1 && ring.edges.map(\.weight) == [30, 10])
            let (after, time) = try await RingQuery.read(redis, keys: keys)
            #expect(after == ring && time >= ring.changed && ring.changed > 0)
        }
    }

    @Test func whoKnowsAnOlderVersionWritesNothing() async throws {
        try await withRedis { redis in
            guard case .written(let first) = try await write(redis, 1, over: 0) else {
                Issue.record("not written")
                return
            }
            #expect(try await write(redis, 1, over: 0, []) == .other(first))
            guard case .written(let second) = try await write(redis, 2, over: 1, []) else {
                Issue.record("not written")
                return
            }
            #expect(second.edges.isEmpty)
            #expect(try await write(redis, 2, over: 1) == .other(second))
        }
    }

    @Test func aRingThatCannotBeReadIsWrittenAnew() async throws {
        try await withRedis { redis in
            for nonsense in ["", "nonsense", "[]", "7", #"{"version":"x"}"#] {
                _ = try await redis.execute(RedisCommand("SET", .text(keys.ring), .text(nonsense)))
                #expect(try await RingQuery.read(redis, keys: keys).ring == .none)
                guard case .written = try await write(redis, 9, over: 0) else {
                    Issue.record("not written over \(nonsense)")
                    return
                }
            }
        }
    }

    @Test func aChangeIsAnnounced() async throws {
        try await withRedis { redis in
            guard case .written(let ring) = try await write(redis, 4, over: 0) else {
                Issue.record("not written")
                return
            }
            _ = try await redis.execute(WriteRingScript.announcement(ring, keys: keys))
            let versions = try await redis.entries(keys.ringChanges, "version")
            #expect(versions.map { String(decoding: $0.value, as: UTF8.self) } == ["4"])
            let rings = try await redis.entries(keys.ringChanges, "ring")
            #expect(String(decoding: rings[0].value, as: UTF8.self).contains(#""edge":"e1""#))
        }
    }

    @Test func aBookFollowsTheRing() async throws {
        try await withRedis { redis in
            let book = RingBook(redis: redis, keys: keys, logger: quiet)
            try await withRunning(book) {
                #expect(book.view.isEmpty)
                _ = try await write(redis, 1, over: 0, [.init(id: "e1")])
                try await eventually { book.view.ring.version == 1 }
                #expect(book.view.owner(of: "alice") == "e1" && book.view.previous == nil)
                _ = try await write(redis, 2, over: 1, [.init(id: "e2")])
                try await eventually { book.view.ring.version == 2 }
                #expect(book.view.owner(of: "alice") == "e2" && book.view.previous?.edges.map(\.id) == ["e1"])
                #expect(book.view.settledOwner(of: "alice", now: .now) == nil)
            }
        }
    }

    @Test func whatWasReadLastHoldsWhileNothingCanBeRead() async throws {
        let book = RingBook(interval: .milliseconds(1), logger: quiet) { () async throws(RedisError) in
            try RingQuery.reply([])
        }
        book.adopt(Ring(version: 3, edges: edges, changed: 1))
        try await withRunning(book) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(book.view.ring.version == 3)
        #expect(book.view.settledOwner(of: "alice", now: .now) != nil)
    }
}
