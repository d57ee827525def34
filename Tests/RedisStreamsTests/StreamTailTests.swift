import Messaging
import RedisBench
import ServiceLifecycle
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

@Suite struct StreamTailTests {
    private let keys = Keys()

    /// What a tail has handed out, by stream.
    private final class Seen: Sendable {
        private let ids = Mutex<[Int: [MessageID]]>([:])
        private let count = Atomic(0)

        func add(_ stream: Int, _ entries: [StreamEntry]) {
            ids.withLock { $0[stream, default: []] += entries.map(\.id) }
        }
        func reconnected() { count.add(1, ordering: .relaxed) }
        subscript(stream: Int) -> [MessageID] { ids.withLock { $0[stream] ?? [] } }
        var reconnects: Int { count.load(ordering: .relaxed) }
    }

    private func tail(_ keys: [String], _ redis: RedisConfiguration, _ seen: Seen) -> StreamTail {
        StreamTail(
            redis: redis, keys: keys, name: "e1", logger: quiet, onEntries: { seen.add($0, $1) },
            onReconnect: { seen.reconnected() })
    }

    @discardableResult
    private func append(_ redis: RedisConnection, to key: String, _ length: Int? = nil) async throws -> MessageID {
        try await redis.execute(.append(to: key, fields: [[102], [48]], maximumLength: length)).id("XADD in a test")
    }

    @Test func streamsAreFollowedFromTheirEndsEachInOrder() async throws {
        try await withRedis { redis, server in
            let streams = [keys.out("e1"), keys.all]
            for key in streams { try await append(redis, to: key) }
            let seen = Seen()
            let tail = tail(streams, try server.configuration, seen)
            try await withRunning(tail) {
                try await eventually { tail.isFollowing }
                var expected: [[MessageID]] = [[], []]
                for number in 0..<200 {
                    let place = number % 3 == 0 ? 1 : 0
                    expected[place].append(try await append(redis, to: streams[place]))
                }
                try await eventually { seen[0] == expected[0] && seen[1] == expected[1] }
                #expect(seen.reconnects == 0)
            }
        }
    }

    @Test func aStreamThatIsNotThereYetIsFollowedFromItsBeginning() async throws {
        try await withRedis { redis, server in
            let seen = Seen()
            let tail = tail([keys.out("e1"), keys.all], try server.configuration, seen)
            try await withRunning(tail) {
                try await eventually { tail.isFollowing }
                let shared = try await append(redis, to: keys.all)
                try await eventually { seen[1] == [shared] }
                #expect(seen[0].isEmpty)
            }
        }
    }

    @Test func afterABrokenLinkEachGoesOnFromWhatWasSeenOfIt() async throws {
        try await withRedis { redis, server in
            let streams = [keys.out("e1"), keys.all]
            let seen = Seen()
            let tail = tail(streams, try server.configuration, seen)
            try await withRunning(tail) {
                try await eventually { tail.isFollowing }
                var own = [try await append(redis, to: streams[0])]
                try await eventually { seen[0] == own }
                _ = try await redis.execute(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
                // The other one has only this, and it comes while nobody reads.
                let shared = [try await append(redis, to: streams[1])]
                own.append(try await append(redis, to: streams[0]))
                let expected = own
                try await eventually { seen[0] == expected && seen[1] == shared }
                #expect(seen.reconnects >= 1)
            }
        }
    }

    @Test func whatWasCutOffMeanwhileIsMissedAndTheRestComes() async throws {
        try await withRedis { redis, server in
            let seen = Seen()
            let tail = tail([keys.out("e1"), keys.all], try server.configuration, seen)
            try await withRunning(tail) {
                try await eventually { tail.isFollowing }
                let first = try await append(redis, to: keys.all)
                try await eventually { seen[1] == [first] }
                await server.suspend()
                try await eventually { !tail.isFollowing }
                await server.resume()
                // Whatever the tail has read of these, it is a part of them, in order, with the last.
                for _ in 0..<50 { try await append(redis, to: keys.all) }
                _ = try await redis.execute(RedisCommand("XTRIM", .text(keys.all), "MAXLEN", 1))
                let last = try await append(redis, to: keys.all)
                try await eventually { seen[1].last == last }
                #expect(seen[1] == seen[1].sorted() && Set(seen[1]).count == seen[1].count)
                #expect(seen.reconnects >= 1)
            }
        }
    }

    /// Redis comes back without what it had written last: what it writes then may have ids before those seen.
    @Test func aStreamThatLostItsEndIsReadFromWhereItEndsNow() async throws {
        try await withRedis { redis, server in
            let seen = Seen()
            let tail = tail([keys.out("e1"), keys.all], try server.configuration, seen)
            try await withRunning(tail) {
                try await eventually { tail.isFollowing }
                let far = RedisCommand("XADD", .text(keys.all), "9999999999999-0", "f", "0")
                _ = try await redis.execute(far)
                try await eventually { seen[1].count == 1 }
                _ = try await redis.execute(RedisCommand("DEL", .text(keys.all)))
                _ = try await redis.execute(RedisCommand("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes"))
                try await eventually { seen.reconnects >= 1 && tail.isFollowing }
                let id = try await append(redis, to: keys.all)
                try await eventually { seen[1].last == id }
            }
        }
    }
}
