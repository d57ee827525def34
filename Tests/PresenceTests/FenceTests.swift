import Messaging
import RedisBench
import RedisStreams
import TestStack
import Testing

@testable import Presence

/// Session events that are late, repeated, reordered, or handled by two at once.
@Suite struct FenceTests {
    private func records(_ bench: PresenceBench, _ incarnation: String) async throws -> [String] {
        try await bench.redis.texts("HKEYS", .text(bench.keys.incarnation(incarnation)))
    }

    @Test func anEndThatComesBeforeItsBeginningHolds() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x", sequence: 8)])
            try await bench.consume([bench.event(.connect, "bob", "e1:x", sequence: 7)])
            #expect(try await records(bench, "e1:x").isEmpty)
        }
    }

    @Test func aBeginningThatIsToldAgainAfterTheEndBringsNothingBack() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            let connect = bench.event(.connect, "bob", "e1:x", sequence: 7)
            try await bench.consume([connect, bench.event(.disconnect, "bob", "e1:x", sequence: 8), connect])
            #expect(try await records(bench, "e1:x").isEmpty)
        }
    }

    @Test func anEarlierEndDoesNotEndALaterBeginning() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x", sequence: 9)])
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x", sequence: 4)])
            #expect(try await records(bench, "e1:x") == ["s1"])
        }
    }

    @Test func whatAnOlderPresenceRecordedIsSwept() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            _ = try await bench.redis.execute(
                RedisCommand("HSET", .text(bench.keys.incarnation("e1:x")), "s1", "bob"))
            try await bench.leave("e1:x")
            try await bench.sweeper.sweep(bench.sweeper.dead(expires: true))
            #expect(try await bench.status("bob") == "offline")
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.sessions("bob"))).isEmpty)
        }
    }

    @Test func theEndsRememberedAreBounded() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            let events = (1...12_000).map {
                bench.event(.disconnect, "bob", "e1:x", session: "s\($0)", sequence: UInt64($0))
            }
            for start in stride(from: 0, to: events.count, by: 500) {
                try await bench.consume(Array(events[start..<start + 500]))
            }
            let count = RedisCommand("ZCARD", .text(bench.keys.incarnationEnded("e1:x")))
            #expect(
                try await bench.redis.execute(count) == .integer(Int64(RecordSessionsScript.endedLimit)))
            let ttl = try await bench.redis.execute(RedisCommand("PTTL", .text(bench.keys.incarnationFence("e1:x"))))
            #expect(ttl.int ?? 0 > 0)
        }
    }

    /// Sessions of two incarnations come and go; their events are read by two presences of which one is behind, in portions of any size, some twice; and one of the edges
    /// dies in the middle of it. In the end presence says what is so, and each change is in the stream once or more, in the order of its times.
    @Test(arguments: 1...6) func whateverTheInterleavingTheEndIsRight(_ seed: UInt64) async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            var random = SplitMix(seed)
            let edges = ["e1:x", "e2:y"]
            for edge in edges { try await bench.live(edge) }
            let users = (0..<12).map { "u\($0)" }
            var stream: [StreamEntry] = []
            var live: [(user: String, session: String, edge: String)] = []
            var sequence: UInt64 = 0
            var held: [SessionEvent] = []
            var place: UInt64 = 0
            let began = try await bench.redis.now()

            func append(_ event: SessionEvent) {
                place += 1
                stream.append(
                    StreamEntry(
                        id: MessageID(milliseconds: UInt64(began), sequence: place), fields: StreamFields(event.fields))
                )
            }
            func event(_ kind: SessionEvent.Kind, _ user: String, _ session: String, _ edge: String) -> SessionEvent {
                sequence += 1
                return bench.event(kind, user, edge, session: session, sequence: sequence)
            }
            func say(_ event: SessionEvent) {
                // Some are held by the edge for a while, and so come in another order.
                if Int.random(in: 0..<6, using: &random) == 0 { held.append(event) } else { append(event) }
                if Int.random(in: 0..<4, using: &random) == 0, !held.isEmpty {
                    append(held.remove(at: Int.random(in: 0..<held.count, using: &random)))
                }
            }
            var positions = [0, 0]
            func read(_ reader: Int) async throws {
                let start = positions[reader]
                let end = min(stream.count, start + Int.random(in: 1...7, using: &random))
                guard start < end else { return }
                try await bench.handler.handle(PartitionBatch(partition: 0, entries: Array(stream[start..<end])))
                // It may die before it has committed that.
                if Int.random(in: 0..<5, using: &random) > 0 { positions[reader] = end }
            }
            var isDead = false
            for step in 0..<160 {
                if step == 100 {
                    isDead = true
                    try await bench.leave("e1:x")
                    live.removeAll { $0.edge == "e1:x" }
                }
                switch Int.random(in: 0..<7, using: &random) {
                case 0, 1, 2:
                    let user = users[Int.random(in: 0..<users.count, using: &random)]
                    let edge = isDead ? "e2:y" : edges[Int.random(in: 0...1, using: &random)]
                    let session = "s\(step)"
                    say(event(.connect, user, session, edge))
                    try await bench.register(user, edge, session: session)
                    live.append((user, session, edge))
                case 3, 4:
                    guard !live.isEmpty else { continue }
                    let (user, session, edge) = live.remove(at: Int.random(in: 0..<live.count, using: &random))
                    try await bench.unregister(user, edge, session: session)
                    say(event(.disconnect, user, session, edge))
                case 5: try await read(0)
                default: try await read(1)
                }
                if isDead, step % 10 == 0 { try await bench.sweeper.sweep(bench.sweeper.dead(expires: true)) }
            }
            for event in held { append(event) }
            for reader in 0...1 { while positions[reader] < stream.count { try await read(reader) } }
            try await bench.sweeper.sweep(bench.sweeper.dead(expires: true))
            try await bench.look()
            let online = Set(live.map(\.user))
            for user in users {
                let status = try await bench.status(user)
                #expect((status == "online") == online.contains(user), "seed \(seed), \(user)")
                var seen: [PresenceTransition] = []
                for transition in try await bench.transitions(user) where !seen.contains(transition) {
                    seen.append(transition)
                }
                seen.sort { $0.since < $1.since }
                #expect(zip(seen, seen.dropFirst()).allSatisfy { $0.isOnline != $1.isOnline && $0.since < $1.since })
                #expect(seen.last?.isOnline ?? false == online.contains(user))
            }
            // Of the edge that lives the record is exactly what it has; of the dead one there is none.
            #expect(
                try await records(bench, "e2:y") == live.filter { $0.edge == "e2:y" }.map(\.session).sorted())
            #expect(try await records(bench, "e1:x").isEmpty)
        }
    }
}

/// A small generator whose choices a seed makes. Source: https://prng.di.unimi.it/splitmix64.c
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
