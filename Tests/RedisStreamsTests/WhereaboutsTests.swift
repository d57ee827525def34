import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// Where a user is, as scripts write it down and say it, against a real Redis.
@Suite struct WhereaboutsTests {
    private let keys = Keys()

    private func register(
        _ redis: RedisConnection, _ incarnation: String, isHome: Bool, session: String? = nil
    ) async throws {
        _ = try await redis.execute(
            RegisterScript.command(
                keys: keys, user: "bob", session: session ?? "s-\(incarnation)", incarnation: incarnation,
                device: "phone", cursor: nil, claimed: nil, fromStart: false, issuedAt: .max, isHome: isHome))
    }

    private func leave(_ redis: RedisConnection, _ incarnation: String) async throws {
        _ = try await redis.execute(
            UnregisterScript.command(
                keys: keys, user: "bob", sessions: ["s-\(incarnation)"], incarnation: incarnation))
    }

    private func deliver(
        _ redis: RedisConnection, _ number: UInt64, _ question: Whereabouts.Question
    ) async throws -> Whereabouts {
        let entry = DeliverScript.Entry(conversation: "dm:alice:bob", from: "alice", device: "d", data: [0x31])
        let command = DeliverScript.command(
            keys: keys, user: "bob", partition: 1, message: MessageID(milliseconds: number, sequence: 0), after: .zero,
            entry: entry, asking: question)
        let reply = try DeliverScript.reply(await redis.execute(command), asked: question)
        return try #require(reply.whereabouts)
    }

    private func locate(_ redis: RedisConnection) async throws -> Whereabouts {
        try LocateScript.reply(await redis.execute(LocateScript.command(keys: keys, user: "bob")))
    }

    private func place(
        _ redis: RedisConnection, home: String?, dead: [String] = []
    ) async throws -> PlaceScript.Reply {
        try PlaceScript.reply(
            await redis.execute(PlaceScript.command(keys: keys, user: "bob", home: home, dead: dead)))
    }

    @Test func whoIsAtHomeIsNotLookedUp() async throws {
        try await withRedis { redis in
            try await register(redis, "e1:x", isHome: true)
            try await register(redis, "e1:x", isHome: true, session: "other")
            #expect(try await deliver(redis, 1, .ring) == .home)
            #expect(try await deliver(redis, 1, .ring) == .home, "and so of one that was delivered before")
            #expect(try await locate(redis) == .home)
            #expect(try await deliver(redis, 2, .sessions) == .incarnations(["e1:x"]))
            #expect(try await deliver(redis, 3, .nothing) == .unknown)
        }
    }

    @Test func ofWhomNothingIsWrittenDownTheRingIsBelieved() async throws {
        try await withRedis { redis in
            let found = try await deliver(redis, 1, .ring)
            #expect(found == .home)
            #expect(try await locate(redis) == .home)
        }
    }

    @Test func aSessionElsewhereIsFoundFromItsRegistrationOn() async throws {
        try await withRedis { redis in
            try await register(redis, "e1:x", isHome: true)
            try await register(redis, "e2:y", isHome: false)
            for number in 1...2 as ClosedRange<UInt64> {
                guard case .incarnations(let found) = try await deliver(redis, number, .ring) else {
                    Issue.record("not looked up")
                    return
                }
                #expect(Set(found) == ["e1:x", "e2:y"])
            }
            guard case .incarnations(let found) = try await locate(redis) else {
                Issue.record("not looked up")
                return
            }
            #expect(Set(found) == ["e1:x", "e2:y"])
        }
    }

    /// The ring has changed between the two: the first was at home when it came, and is no more.
    @Test func aSessionThatCameHomeToAnotherEdgeThanAnEarlierOneLetsBothBeFound() async throws {
        try await withRedis { redis in
            try await register(redis, "e1:x", isHome: true)
            try await register(redis, "e2:y", isHome: true)
            guard case .incarnations(let found) = try await deliver(redis, 1, .ring) else {
                Issue.record("not looked up")
                return
            }
            #expect(Set(found) == ["e1:x", "e2:y"])
        }
    }

    @Test func theSameEdgeInAnotherLifeIsTheSameHome() async throws {
        try await withRedis { redis in
            try await register(redis, "e1:old", isHome: true)
            try await register(redis, "e1:new", isHome: true)
            #expect(try await deliver(redis, 1, .ring) == .home)
        }
    }

    @Test func aMissIsWrittenDownAsWhatIsFound() async throws {
        try await withRedis { redis in
            #expect(try await deliver(redis, 1, .ring) == .home)
            let nobody = try await place(redis, home: "e1")
            #expect(nobody.incarnations.isEmpty && nobody.last > .zero)
            #expect(try await deliver(redis, 2, .ring) == .incarnations([]), "nobody is told")
            #expect(try await locate(redis) == .incarnations([]))
            try await register(redis, "e1:x", isHome: true)
            #expect(try await deliver(redis, 3, .ring) == .home, "until there is a session")
            // The ring says e2 now.
            #expect(try await place(redis, home: "e2").incarnations == ["e1:x"])
            #expect(try await deliver(redis, 4, .ring) == .incarnations(["e1:x"]))
        }
    }

    @Test func whoIsBackHomeIsNotLookedUpAnyMore() async throws {
        try await withRedis { redis in
            try await register(redis, "e1:x", isHome: true)
            try await register(redis, "e2:y", isHome: false)
            _ = try await place(redis, home: "e1")
            #expect(try await deliver(redis, 1, .ring) != .home, "e2 has one still")
            try await leave(redis, "e2:y")
            _ = try await place(redis, home: "e1")
            #expect(try await deliver(redis, 2, .ring) == .home)
        }
    }

    @Test func sessionsOfTheDeadCountForNothing() async throws {
        try await withRedis { redis in
            try await register(redis, "e9:dead", isHome: false)
            try await register(redis, "e1:x", isHome: true)
            #expect(try await deliver(redis, 1, .ring) != .home)
            #expect(try await place(redis, home: "e1", dead: ["e9:dead"]).incarnations == ["e1:x"])
            #expect(try await deliver(redis, 2, .ring) == .home)
            try await leave(redis, "e1:x")
            _ = try await place(redis, home: "e1", dead: ["e9:dead"])
            #expect(try await deliver(redis, 3, .ring) == .incarnations([]))
        }
    }
}
