import Messaging
import RedisBench
import RedisStreams
import TestStack
import Testing

@testable import Presence

/// The stream of transitions, against a real Redis.
@Suite struct TransitionTests {
    private func settle(_ bench: PresenceBench, _ user: String, _ cause: PresenceSettleScript.Cause) async throws {
        // The script alone, as by a presence that dies before it has told what it found.
        _ = try await bench.redis.execute(
            PresenceSettleScript.command(
                keys: bench.keys, user: user, cause: cause, grace: .zero, live: bench.edges.liveIncarnations()))
    }

    @Test func whatACrashLeftUntoldIsToldByTheNextLook() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            try await bench.watch("bob", "e1:x")
            try await bench.register("bob", "e1:x")
            try await settle(bench, "bob", .connect)
            try await bench.unregister("bob", "e1:x")
            try await settle(bench, "bob", .end)
            try await bench.register("bob", "e1:x", session: "s2")
            try await settle(bench, "bob", .connect)
            #expect(try await bench.transitions("bob").isEmpty)
            try await bench.consume([bench.event(.connect, "bob", "e1:x", session: "s2")])
            let transitions = try await bench.transitions("bob")
            #expect(transitions.map(\.isOnline) == [true, false, true])
            #expect(zip(transitions, transitions.dropFirst()).allSatisfy { $0.since < $1.since })
            #expect(try await bench.told("e1").last?.view.shown.isOnline == true)
            let untold = RedisCommand("HEXISTS", .text(bench.keys.presence("bob")), "untold")
            #expect(try await bench.redis.execute(untold) == .integer(0))
            try await bench.consume([bench.event(.connect, "bob", "e1:x", session: "s2")])
            #expect(try await bench.transitions("bob").count == 3)
        }
    }

    @Test func aChangeThatWasToldButNotForgottenIsToldAgainAsTheSame() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            try await bench.register("bob", "e1:x")
            try await settle(bench, "bob", .connect)
            // As by a presence that dies between telling and forgetting.
            let change = try #require(
                try await bench.redis.execute(RedisCommand("HGET", .text(bench.keys.presence("bob")), "untold")).string)
            let transition = try #require(PresenceSettleScript.News.transition(change, of: "bob"))
            let partition = Partition.of("bob", count: PresenceBench.partitions)
            _ = try await bench.redis.execute(
                .append(to: bench.keys.transitions(partition), fields: transition.fields))
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            #expect(try await bench.transitions("bob") == [transition, transition])
        }
    }

    @Test func theChangesOfAnEdgeThatDiesAreThereOnceEach() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            let users = (0..<1500).map { "u\($0)" }
            for user in users { try await bench.register(user, "e1:x", session: "s-\(user)") }
            try await bench.consume(users.map { bench.event(.connect, $0, "e1:x", session: "s-\($0)") })
            try await bench.leave("e1:x")
            try await bench.sweeper.sweep(bench.sweeper.dead(expires: true))
            try await bench.look()
            let offline = try await bench.transitions().filter { !$0.isOnline }
            #expect(offline.count == users.count)
            #expect(Set(offline.map(\.user)) == Set(users))
        }
    }

    @Test func twoChangesInTheSameMillisecondAreTwo() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            let at = try await bench.redis.now() - 10
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")], at: at)
            try await bench.unregister("bob", "e1:x")
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x")], at: at)
            try await bench.look()
            #expect(try await bench.transitions("bob").map(\.since) == [at, at + 1])
        }
    }

    @Test func aStreamThatIsBrokenKeepsNobodyFromBeingSeen() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            let stream = bench.keys.transitions(Partition.of("bob", count: PresenceBench.partitions))
            _ = try await bench.redis.execute(RedisCommand("SET", .text(stream), "broken"))
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            #expect(try await bench.status("bob") == "online")
            #expect(try await bench.open("bob"))
            _ = try await bench.redis.execute(RedisCommand("DEL", .text(stream)))
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            #expect(try await bench.transitions("bob").map(\.isOnline) == [true])
        }
    }
}
