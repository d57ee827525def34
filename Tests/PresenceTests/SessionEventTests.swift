import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import Presence

/// Session events against a real Redis.
@Suite struct SessionEventTests {
    @Test func aUserIsOnlineFromTheFirstConnectOn() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            let began = try await bench.redis.now() - 5000
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")], at: began)
            try await bench.register("bob", "e1:x", session: "s2", device: "desk")
            try await bench.consume([bench.event(.connect, "bob", "e1:x", session: "s2")])
            let view = try await bench.view("bob")
            #expect(view == .init(user: "bob", status: "online", since: began, devices: ["desk", "phone"]))
            #expect(try await bench.open("bob") == false)
        }
    }

    @Test func aUserNeverSeenIsOfflineSinceNull() async throws {
        try await PresenceBench.with { bench in
            let view = try await bench.view("nobody")
            #expect(view == .init(user: "nobody", status: "offline", since: nil, devices: []))
        }
    }

    @Test func aConnectThatIsReadBeforeItsSessionIsRegisteredIsLookedForAgain() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            #expect(try await bench.status("bob") == "offline")
            #expect(try await bench.open("bob"))
            try await bench.register("bob", "e1:x")
            try await eventually("bob is online") {
                try await bench.look()
                return try await bench.status("bob") == "online"
            }
            try await bench.look()
            #expect(try await bench.open("bob") == false)
        }
    }

    @Test func theGraceTimeRunsFromTheEndOfTheLastSession() async throws {
        try await PresenceBench.with(grace: .seconds(3)) { bench in
            try await bench.live("e1:x")
            try await bench.register("bob", "e1:x")
            try await bench.register("bob", "e1:x", session: "s2")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")])
            try await bench.unregister("bob", "e1:x")
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x")])
            #expect(try await bench.open("bob") == false)
            try await bench.unregister("bob", "e1:x", session: "s2")
            let ended = try await bench.redis.now()
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x", session: "s2")], at: ended)
            #expect(try await bench.open("bob"))
            try await eventually("bob is offline") {
                try await bench.look()
                return try await bench.status("bob") == "offline"
            }
            #expect(try await bench.redis.now() >= ended + 3000)
            #expect(try await bench.view("bob").since == ended)
            #expect(try await bench.open("bob") == false)
        }
    }

    @Test func whoComesBackWithinTheGraceTimeHasNeverBeenAway() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            let began = try await bench.redis.now() - 1000
            try await bench.register("bob", "e1:x")
            try await bench.consume([bench.event(.connect, "bob", "e1:x")], at: began)
            try await bench.unregister("bob", "e1:x")
            try await bench.consume([bench.event(.disconnect, "bob", "e1:x")])
            try await bench.register("bob", "e1:x", session: "s2")
            try await bench.consume([bench.event(.connect, "bob", "e1:x", session: "s2")])
            #expect(try await bench.view("bob").since == began)
            let changes = bench.registry.render()
            #expect(changes.contains(#"presence_changes_total{status="online"} 1"#))
            #expect(changes.contains(#"presence_changes_total{status="offline"} 0"#))
        }
    }

    @Test func anEventThatIsRepeatedOrLateBringsNoSessionBack() async throws {
        try await PresenceBench.with(grace: .zero) { bench in
            try await bench.live("e1:x")
            try await bench.register("bob", "e1:x")
            let connect = bench.event(.connect, "bob", "e1:x")
            let disconnect = bench.event(.disconnect, "bob", "e1:x")
            try await bench.consume([connect], at: bench.redis.now() - 1000)
            try await bench.unregister("bob", "e1:x")
            let ended = try await bench.redis.now()
            try await bench.consume([disconnect], at: ended)
            #expect(try await bench.status("bob") == "offline")
            for batch in [[disconnect], [connect, disconnect], [disconnect, connect], [connect]] {
                try await bench.consume(batch)
                try await bench.look()
                let view = try await bench.view("bob")
                #expect(view.status == "offline" && view.since == ended)
            }
        }
    }

    @Test func anEventThatCannotBeReadIsPutAside() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:x")
            try await bench.register("bob", "e1:x")
            var wrong = bench.event(.connect, "bob", "e1:x")
            wrong.user = "not an id"
            let entries = [wrong, bench.event(.connect, "bob", "e1:x")].enumerated().map { place, event in
                StreamEntry(
                    id: MessageID(milliseconds: 5, sequence: UInt64(place)), fields: StreamFields(event.fields))
            }
            for _ in 1...2 { try await bench.handler.handle(PartitionBatch(partition: 0, entries: entries)) }
            #expect(try await bench.status("bob") == "online")
            let dead = RedisCommand("XLEN", .text(bench.keys.deadLetters(0, group: "presence")))
            #expect(try await bench.redis.execute(dead) == .integer(1))
        }
    }

    @Test func alateSessionOfADeadIncarnationIsTakenAwayAtTheNextLook() async throws {
        try await PresenceBench.with { bench in
            try await bench.live("e1:new")
            // Registered by an edge that had been paused, after the sweep of its incarnation.
            try await bench.register("bob", "e1:old", session: "ghost")
            try await bench.register("bob", "e1:new", session: "s1")
            #expect(try await bench.view("bob").devices == ["phone"])
            try await bench.unregister("bob", "e1:new", session: "s1")
            try await bench.consume([bench.event(.disconnect, "bob", "e1:new")])
            #expect(try await bench.redis.texts("HKEYS", .text(bench.keys.sessions("bob"))).isEmpty)
        }
    }
}
