import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// Routing by the ring: what the ring says wrongly is noticed.
@Suite struct RingRoutingTests {
    private func user(on edge: String, _ bench: RouterBench) throws -> String {
        try #require((0..<1000).map { "user-\($0)" }.first { bench.edges.ring.owner(of: $0) == edge })
    }

    private func message(_ at: UInt64, to user: String) -> StreamEntry {
        RouterBench.message(at, .direct("alice", user), from: "alice", "\(at)")
    }

    private func looks(_ batches: [EdgeBatch]) -> [String] {
        batches.flatMap(\.items).compactMap { if case .look(let user, _) = $0 { user } else { nil } }
    }

    private func recipients(_ batches: some Sequence<EdgeBatch>) -> [String] {
        batches.flatMap(\.items).flatMap { item -> [String] in
            if case .message(let message) = item { message.recipients.map(\.user) } else { [] }
        }
    }

    @Test func whoIsWhereTheRingSaysIsToldThereWithoutAQuestion() async throws {
        try await RouterBench.with(.ring) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            bench.edges.settle()
            let user = try user(on: "e2", bench)
            try await bench.connect(user, "e2:y")
            _ = try await bench.redis.execute(RedisCommand("CONFIG", "RESETSTAT"))
            try await bench.route([
                message(1, to: user), RouterBench.read(2, .direct("alice", user), from: user, "1-0"),
            ])
            let statistics = try await bench.redis.execute(RedisCommand("INFO", "commandstats")).string ?? ""
            #expect(!statistics.contains("hvals"))
            #expect(recipients(try await bench.told("e2")) == [user])
            #expect(try await bench.misses("e2") == nil)
        }
    }

    @Test func aMissIsResolvedOnceByTheRegister() async throws {
        try await RouterBench.with(.ring, settling: .zero) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            let user = try user(on: "e1", bench)
            try await bench.connect(user, "e1:x")
            // Nobody asks the session to move.
            bench.edges.turn(to: ["e2"])
            try await bench.route([message(1, to: user)])
            #expect(try await bench.told("e1").isEmpty)
            let miss = try #require(try await bench.misses("e2"))
            try await bench.route([], signals: [miss])
            #expect(looks(try await bench.told("e1")) == [user])
            try await bench.route([message(2, to: user)])
            #expect(recipients(try await bench.told("e1")) == [user], "from now on it is known where the user is")
            let metrics = bench.metrics.render()
            // The sender has no session anywhere.
            #expect(metrics.contains("router_misses_total 2\n"))
            #expect(metrics.contains("router_misses_resolved_total 1\n"))
        }
    }

    @Test func ofWhomNobodyHasASessionNobodyIsToldASecondTime() async throws {
        try await RouterBench.with(.ring) { bench in
            try await bench.live("e1:x")
            try await bench.route([message(1, to: "bob")])
            let miss = try #require(try await bench.misses("e1"))
            try await bench.route([], signals: [miss])
            let before = try await bench.redis.entries(bench.keys.out("e1"), "batch").count
            try await bench.route([message(2, to: "bob")])
            #expect(try await bench.redis.entries(bench.keys.out("e1"), "batch").count == before)
            #expect(try await bench.inbox("bob") == ["1", "2"])
            try await bench.connect("bob", "e1:x")
            try await bench.route([message(3, to: "bob")])
            #expect(recipients(try await bench.told("e1").suffix(1)) == ["bob"])
        }
    }

    @Test func aStrayThatLeavesIsForgotten() async throws {
        try await RouterBench.with(.ring) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            bench.edges.settle()
            let user = try user(on: "e1", bench)
            try await bench.connect(user, "e1:x")
            try await bench.connect(user, "e2:y")
            try await bench.route([message(1, to: user)])
            for edge in ["e1", "e2"] { #expect(recipients(try await bench.told(edge)) == [user]) }
            try await bench.disconnect(user, "e2:y")
            let question = LocateScript.command(keys: bench.keys, user: user)
            #expect(try LocateScript.reply(await bench.redis.execute(question)) == .incarnations(["e1:x"]))
            try await bench.route([message(2, to: user)])
            #expect(try LocateScript.reply(await bench.redis.execute(question)) == .home)
        }
    }

    @Test func whileTheEdgeOfTheRingIsDeadItsUsersAreLookedUp() async throws {
        try await RouterBench.with(.ring) { bench in
            try await bench.live("e1:x")
            bench.edges.turn(to: ["e1", "e2"])
            let user = try user(on: "e2", bench)
            try await bench.connect(user, "e1:x")
            try await bench.route([
                message(1, to: user), RouterBench.read(2, .direct("alice", user), from: user, "1-0"),
            ])
            #expect(recipients(try await bench.told("e1")) == [user])
            #expect(try await bench.redis.entries(bench.keys.out("e2"), "batch").isEmpty)
        }
    }

    @Test func whatNobodyAskedForOrCannotBeIsNoMiss() async throws {
        try await RouterBench.with(.register) { bench in
            try await bench.live("e1:x")
            try await bench.connect("bob", "e1:x")
            let odd = [
                StreamEntry(id: id(1), fields: StreamFields(MissEntry(users: [], edge: "e1").fields)),
                StreamEntry(id: id(1), fields: StreamFields(MissEntry(users: ["bob", "nobody"], edge: "e9").fields)),
            ]
            try await bench.route([], signals: odd)
            #expect(try await bench.told("e1").isEmpty, "bob has no inbox that could be looked into")
            #expect(bench.metrics.render().contains("router_undeliverable_total 0\n"))
        }
    }

    /// Sessions come and go on edges whose ring is old, the ring turns, two routers see different ones: after a message and the answers to it, every
    /// session's edge has been told.
    @Test(arguments: 1...6)
    func whateverTheRingDoesEverySessionsEdgeIsTold(_ seed: UInt64) async throws {
        try await RouterBench.with(.ring, settling: seed.isMultiple(of: 2) ? .zero : .seconds(60)) { bench in
            var random = SplitMix(state: seed)
            let incarnations = ["e1": "e1:a", "e2": "e2:b", "e3": "e3:c"]
            let edges = incarnations.keys.sorted()
            for edge in edges { try await bench.live(incarnations[edge] ?? "") }
            let users = (0..<4).map { "user-\($0)" }
            // What an edge may still take for the ring.
            var rings = [bench.edges.ring]
            var at: UInt64 = 0
            for _ in 0..<120 {
                let user = users[Int.random(in: 0..<users.count, using: &random)]
                let edge = edges[Int.random(in: 0..<edges.count, using: &random)]
                let incarnation = incarnations[edge] ?? ""
                switch Int.random(in: 0..<10, using: &random) {
                case 0..<3:
                    let ring = rings[Int.random(in: max(0, rings.count - 3)..<rings.count, using: &random)]
                    try await bench.connect(user, incarnation, ring: ring)
                case 3..<5: try await bench.disconnect(user, incarnation)
                case 5:
                    var some = edges.filter { _ in Bool.random(using: &random) }
                    if some.isEmpty { some = edges }
                    bench.edges.turn(to: some)
                    rings.append(bench.edges.ring)
                default:
                    at += 1
                    try await check(bench, user, at, edges)
                }
            }
        }
    }

    private func check(_ bench: RouterBench, _ user: String, _ at: UInt64, _ edges: [String]) async throws {
        for edge in edges { _ = try await bench.redis.execute(RedisCommand("DEL", .text(bench.keys.out(edge)))) }
        try await bench.route([RouterBench.message(at, .direct(user, user + "-friend"), from: user, "\(at)")])
        var misses: [StreamEntry] = []
        for edge in edges { if let miss = try await bench.misses(edge) { misses.append(miss) } }
        if !misses.isEmpty { try await bench.route([], signals: misses) }
        for edge in bench.edges.edges(of: user) {
            let told = try await bench.told(edge)
            #expect(
                recipients(told).contains(user) || looks(told).contains(user),
                "message \(at): \(edge) was not told of \(user)")
        }
    }
}

/// A generator of random numbers whose choices can be repeated. Source: https://prng.di.unimi.it/splitmix64.c
private struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
