import Messaging
import RedisBench
import RedisStreams
import Testing

@testable import Presence

/// Users who do not want to be seen, or as something else.
@Suite struct HidingTests {
    private func withBob(grace: Duration = .zero, _ body: @Sendable (PresenceBench) async throws -> Void) async throws {
        try await PresenceBench.with(grace: grace) { bench in
            try await bench.live("e1:x")
            try await bench.watch("bob", "e1:x")
            try await body(bench)
        }
    }

    private func connect(_ bench: PresenceBench, session: String = "s1", isHidden: Bool = false) async throws {
        try await bench.register("bob", "e1:x", session: session, device: "d-\(session)", isHidden: isHidden)
        try await bench.consume([bench.event(.connect, "bob", "e1:x", session: session)])
    }

    private func disconnect(_ bench: PresenceBench, session: String = "s1") async throws {
        try await bench.unregister("bob", "e1:x", session: session)
        try await bench.consume([bench.event(.disconnect, "bob", "e1:x", session: session)])
        try await bench.look()
    }

    @Test func whoIsInvisibleIsOfflineToAllButThemselves() async throws {
        try await withBob { bench in
            try await connect(bench)
            #expect(try await bench.view("bob", for: "alice").status == "online")
            try await bench.wish("bob", .invisible, text: "hush")
            let seen = try await bench.view("bob", for: "alice")
            #expect(seen.status == "offline" && seen.devices.isEmpty && seen.text == nil && seen.state == nil)
            let own = try await bench.view("bob")
            #expect(own.status == "online" && own.state == "invisible" && own.text == "hush" && own.devices == ["d-s1"])
            let told = try await bench.told("e1").map(\.view.shown.isOnline)
            #expect(told == [true, false])
            try await bench.wish("bob", .online)
            #expect(try await bench.view("bob", for: "alice").status == "online")
        }
    }

    @Test func comingAndGoingShowsNothingOfWhoIsInvisible() async throws {
        try await withBob { bench in
            try await connect(bench)
            try await disconnect(bench)
            try await bench.wish("bob", .invisible, text: "hush")
            let before = try await bench.view("bob", for: "alice")
            try await connect(bench, session: "s2")
            try await disconnect(bench, session: "s2")
            try await connect(bench, session: "s3")
            #expect(try await bench.view("bob", for: "alice") == before)
            #expect(before.since != nil)
            // Backends are told, and told that nobody sees it.
            #expect(try await bench.transitions("bob").map(\.isVisible) == [true, true, false, false, false])
        }
    }

    @Test func awayAndOwnWordsAreSeenWhileOnline() async throws {
        try await withBob { bench in
            try await bench.wish("bob", .away, text: "at lunch")
            var seen = try await bench.view("bob", for: "alice")
            #expect(seen.status == "offline" && seen.text == nil && seen.state == nil)
            try await connect(bench)
            seen = try await bench.view("bob", for: "alice")
            #expect(seen.status == "online" && seen.text == "at lunch" && seen.state == "away")
            let since = seen.since
            try await bench.wish("bob", .online, text: "back")
            seen = try await bench.view("bob", for: "alice")
            #expect(seen.text == "back" && seen.state == nil && seen.since == since)
            let told = try await bench.told("e1").map(\.view)
            #expect(told.last?.shown.text == "back")
            #expect(zip(told, told.dropFirst()).allSatisfy { $0.revision < $1.revision })
            try await bench.wish("bob", .online, text: "back")
            #expect(try await bench.told("e1").count == told.count)
        }
    }

    @Test func aHiddenSessionShowsNobodyOnline() async throws {
        try await withBob { bench in
            try await connect(bench, session: "hidden", isHidden: true)
            #expect(try await bench.view("bob", for: "alice").status == "offline")
            #expect(try await bench.view("bob").status == "online")
            try await connect(bench, session: "open")
            let seen = try await bench.view("bob", for: "alice")
            #expect(seen.status == "online" && seen.devices == ["d-open"])
            try await disconnect(bench, session: "open")
            #expect(try await bench.view("bob", for: "alice").status == "offline")
            #expect(try await bench.view("bob").status == "online")
            #expect(try await bench.transitions("bob").map(\.isOnline) == [true])
        }
    }

    @Test func theEndOfAHiddenSessionShowsNothingInTheTimeOfGrace() async throws {
        try await withBob(grace: .seconds(600)) { bench in
            try await connect(bench, isHidden: true)
            try await disconnect(bench)
            #expect(try await bench.view("bob").status == "online")
            #expect(try await bench.view("bob", for: "alice").status == "offline")
        }
    }

    @Test func whatAnOlderPresenceWroteIsShownAsItIs() async throws {
        try await withBob { bench in
            _ = try await bench.redis.execute(
                RedisCommand("HSET", .text(bench.keys.presence("bob")), "status", "offline", "since", "17"))
            let view = try await bench.view("bob", for: "alice")
            #expect(view.status == "offline" && view.since == 17)
            #expect(try await bench.watch("bob", "e1:x").shown == .init(isOnline: false, since: 17))
            try await connect(bench)
            #expect(try await bench.view("bob", for: "alice").status == "online")
        }
    }
}
