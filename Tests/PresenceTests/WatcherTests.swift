import Messaging
import RedisBench
import RedisStreams
import TestStack
import Testing

@testable import Presence

/// What edges are told of presence, against a real Redis.
@Suite struct WatcherTests {
    @Test func onlyEdgesWithAWatcherAreTold() async throws {
        try await PresenceBench.with { bench in
            for incarnation in ["e1:x", "e2:y", "e3:z"] { try await bench.live(incarnation) }
            let before = try await bench.watch("bob", "e2:y")
            #expect(!before.shown.isOnline && before.shown.since == 0)
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            let told = try await bench.told("e2")
            #expect(told.map(\.user) == ["bob"])
            #expect(told.first?.view.shown.isOnline == true)
            #expect(told.first?.view.revision ?? 0 > before.revision)
            for edge in ["e1", "e3"] { #expect(try await bench.told(edge).isEmpty) }
            // Whoever comes later is told the same by the answer.
            #expect(try await bench.watch("bob", "e3:z") == told.first?.view)
        }
    }

    @Test func aLookThatChangesNothingTellsNothing() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.watch("bob", "e1:x")
            try await bench.register("bob", "e1:x")
            for _ in 1...3 { try await bench.consume([bench.event(.connect, "bob", "e1:x")]) }
            #expect(try await bench.told("e1").count == 1)
            #expect(try await bench.transitions("bob").count == 1)
        }
    }

    @Test func interestThatHasLapsedOrIsOfADeadEdgeCountsForNothing() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.watch("bob", "e1:x", lease: .milliseconds(1))
            try await bench.watch("bob", "e9:gone")
            let now = try await bench.redis.now()
            try await eventually("the interest has lapsed") { try await bench.redis.now() > now + 2 }
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            for edge in ["e1", "e9"] { #expect(try await bench.told(edge).isEmpty) }
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.watchers("bob"))) == ["e9:gone"])
            let ttl = try await bench.redis.execute(RedisCommand("PTTL", .text(bench.keys.watchers("bob")))).int ?? 0
            #expect((1...600_000).contains(ttl))
        }
    }

    @Test func manyChangesForOneEdgeAreFewEntries() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            let users = (0..<1200).map { "u\($0)" }
            for user in users { try await bench.watch(user, "e2:y") }
            for user in users { try await bench.register(user, "e1:x", session: "s-\(user)") }
            try await bench.consume(users.map { bench.event(.connect, $0, "e1:x", session: "s-\($0)") })
            #expect(try await bench.redis.execute(RedisCommand("XLEN", .text(bench.keys.out("e2")))) == .integer(24))
            #expect(Set(try await bench.told("e2").map(\.user)) == Set(users))
            let ttl = try await bench.redis.execute(RedisCommand("TTL", .text(bench.keys.out("e2")))).int ?? 0
            #expect((1...3600).contains(ttl))
        }
    }
}
