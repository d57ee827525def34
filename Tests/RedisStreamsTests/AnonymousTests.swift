import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// What Redis keeps of a user whose name was made up for one session, against a real Redis.
@Suite struct AnonymousTests {
    private let keys = Keys()

    private func register(_ redis: RedisConnection, _ user: String, keptFor: Duration?) async throws {
        let reply = try RegisterScript.reply(
            await redis.execute(
                RegisterScript.command(
                    keys: keys, user: user, session: "s1", incarnation: "e1:x", device: "desk", cursor: nil,
                    claimed: nil, fromStart: false, issuedAt: .max, keptFor: keptFor)))
        guard case .registered = reply else { throw RedisError.unexpectedReply("register in a test") }
    }

    /// What is noted of a user elsewhere, after it has registered.
    private func note(_ redis: RedisConnection, _ user: String) async throws {
        let change = MessageID(milliseconds: 5, sequence: 0)
        for command in [
            NoteContactScript.command(keys: keys, user: user, contact: "bob"),
            NoteGroupScript.command(keys: keys, user: user, group: "g", change: change, isIn: true),
            NoteFeedScript.command(keys: keys, user: user, group: "large", change: change, isIn: true),
            DeliverScript.command(
                keys: keys, user: user, partition: 1, message: change, after: .zero,
                entry: DeliverScript.Entry(
                    conversation: "dm:\(user):bob", from: "bob", device: "x", data: Array("1".utf8))),
        ] { _ = try await redis.execute(command) }
    }

    private func names(of user: String) -> [String] {
        [
            keys.sessions(user), keys.devices(user), keys.marks(user), keys.feeds(user), keys.presence(user),
            keys.contacts(user), keys.groups(user),
        ]
    }

    private func lifetimes(_ redis: RedisConnection, _ user: String) async throws -> [Int64] {
        var lifetimes: [Int64] = []
        for name in names(of: user) {
            lifetimes.append(try await redis.execute(RedisCommand("PTTL", .text(name))).number("PTTL"))
        }
        return lifetimes
    }

    @Test func allThatIsKeptOfItExpires() async throws {
        try await withRedis { redis in
            try await register(redis, "anonymous-1", keptFor: .seconds(100))
            try await note(redis, "anonymous-1")
            #expect(try await lifetimes(redis, "anonymous-1").allSatisfy { (1...100_000).contains($0) })
            // Registered again, for instance when Redis was away, it is kept for as long from then on.
            try await register(redis, "anonymous-1", keptFor: .seconds(200))
            #expect(try await lifetimes(redis, "anonymous-1").allSatisfy { (100_001...200_000).contains($0) })
        }
    }

    @Test func ofOthersItIsKept() async throws {
        try await withRedis { redis in
            try await register(redis, "alice", keptFor: nil)
            try await note(redis, "alice")
            // -2: there is none, as presence has written nothing.
            #expect(try await lifetimes(redis, "alice") == [-1, -1, -1, -1, -2, -1, -1])
        }
    }

    @Test func whoIsGivenTheNameByATokenIsKept() async throws {
        try await withRedis { redis in
            try await register(redis, "anonymous-1", keptFor: .seconds(100))
            try await note(redis, "anonymous-1")
            try await register(redis, "anonymous-1", keptFor: nil)
            #expect(try await lifetimes(redis, "anonymous-1").allSatisfy { $0 == -1 })
        }
    }
}
