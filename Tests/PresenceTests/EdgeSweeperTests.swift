import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import Presence

/// Dead edges against a real Redis.
@Suite struct EdgeSweeperTests {
    private func sweep(_ bench: PresenceBench) async throws {
        try await bench.sweeper.sweep(bench.sweeper.dead(expires: true))
    }

    @Test func anEdgeWhoseLeaseLapsedIsTakenOutAndItsUsersGoOffline() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x", lease: .milliseconds(50))
            try await bench.live("e2:y")
            for (user, incarnation) in [("alice", "e1:x"), ("bob", "e1:x"), ("bob", "e2:y"), ("carol", "e2:y")] {
                let session = "\(user)-\(incarnation)"
                try await bench.register(user, incarnation, session: session)
                try await bench.consume([bench.event(.connect, user, incarnation, session: session)])
            }
            try await eventually("edge e1 is dead") {
                try await sweep(bench)
                return try await bench.edges.read().keys.sorted() == ["e2"]
            }
            try await bench.look()
            #expect(try await bench.status("alice") == "offline")
            #expect(try await bench.status("bob") == "online")
            #expect(try await bench.status("carol") == "online")
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.sessions("bob"))) == ["bob-e2:y"])
            #expect(try await bench.redis.texts("SMEMBERS", .text(bench.keys.deadIncarnations)).isEmpty)
            #expect(
                try await bench.redis.execute(RedisCommand("EXISTS", .text(bench.keys.incarnation("e1:x"))))
                    == .integer(0))
        }
    }

    @Test func aSweepOfManySessionsGoesInPortions() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            let users = (0..<1200).map { "u\($0)" }
            for user in users { try await bench.register(user, "e1:x", session: "s-\(user)") }
            try await bench.consume(users.map { bench.event(.connect, $0, "e1:x", session: "s-\($0)") })
            #expect(try await bench.status("u1199") == "online")
            try await bench.leave("e1:x")
            try await sweep(bench)
            try await bench.look()
            for user in ["u0", "u600", "u1199"] { #expect(try await bench.status(user) == "offline") }
            #expect(bench.registry.render().contains("presence_swept_sessions_total 1200"))
        }
    }

    @Test func aSessionThatWasRegisteredAnewElsewhereStays() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:old")
            try await bench.register("bob", "e1:old")
            try await bench.consume([bench.event(.connect, "bob", "e1:old")])
            // The edge found its lease lapsed: a new incarnation, the same session.
            try await bench.live("e1:new")
            try await bench.register("bob", "e1:new")
            try await bench.consume([bench.event(.connect, "bob", "e1:new")])
            try await sweep(bench)
            try await bench.look()
            #expect(try await bench.view("bob").devices == ["phone"])
            #expect(try await bench.status("bob") == "online")
        }
    }

    @Test func anEventOfADeadEdgeThatIsConsumedAfterTheSweepIsSweptToo() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            // The edge wrote the event and registered, and died; presence comes to the event late.
            try await bench.register("bob", "e1:x")
            try await bench.leave("e1:x")
            try await sweep(bench)
            #expect(try await bench.redis.texts("SMEMBERS", .text(bench.keys.deadIncarnations)).isEmpty)
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            #expect(try await bench.status("bob") == "offline")
            try await sweep(bench)
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.sessions("bob"))).isEmpty)
            #expect(try await bench.redis.texts("SMEMBERS", .text(bench.keys.deadIncarnations)).isEmpty)
            #expect(
                try await bench.redis.execute(RedisCommand("EXISTS", .text(bench.keys.incarnation("e1:x"))))
                    == .integer(0))
        }
    }

    @Test func withoutLeaveToJudgeLeasesOnlyWhatIsDeadAlreadyIsSwept() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x", lease: .milliseconds(1))
            try await bench.live("e2:y")
            try await bench.leave("e2:y")
            try await eventually("the lease has lapsed") {
                try await bench.redis.now() > bench.edges.read()["e1"]?.expires ?? 0
            }
            #expect(try await bench.sweeper.dead(expires: false) == ["e2:y"])
            #expect(try await bench.sweeper.dead(expires: true).sorted() == ["e1:x", "e2:y"])
        }
    }
}
