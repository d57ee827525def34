import Messaging
import RedisBench
import ServiceLifecycle
import Testing

@testable import RedisStreams

/// Tokens that are refused because their user's sessions were ended, against a real Redis.
@Suite struct RevocationTests {
    private let keys = Keys()
    private let month = Duration.seconds(30 * 86_400)

    private func note(_ redis: RedisConnection, _ user: String, limit: Int = 100) async throws -> Int64? {
        try NoteRevocationScript.reply(
            await redis.execute(
                NoteRevocationScript.command(keys: keys, user: user, lifetimeLimit: month, limit: limit)))
    }

    private func revoke(_ redis: RedisConnection, before: Int64) async throws -> RevokeScript.Reply {
        try RevokeScript.reply(await redis.execute(RevokeScript.command(keys: keys, user: "bob", before: before)))
    }

    private func register(
        _ redis: RedisConnection, _ session: String, issuedAt: Int64, incarnation: String = "e1:x"
    ) async throws -> RegisterScript.Reply {
        try RegisterScript.reply(
            await redis.execute(
                RegisterScript.command(
                    keys: keys, user: "bob", session: session, incarnation: incarnation, device: session, cursor: nil,
                    claimed: nil, fromStart: false, issuedAt: issuedAt)))
    }

    private func standing(_ redis: RedisConnection) async throws -> StandingQuery.Reply {
        try StandingQuery.reply(await redis.execute(StandingQuery.command(keys: keys, user: "bob")))
    }

    // MARK: The user's own mark

    @Test func aRevocationNamesEverySessionThatIsThereAndRefusesThoseThatComeWithOldTokens() async throws {
        try await withRedis { redis in
            _ = try await register(redis, "phone", issuedAt: 1000)
            _ = try await register(redis, "desk", issuedAt: 1500)
            _ = try await register(redis, "tab", issuedAt: 1500, incarnation: "e2:y")
            let reply = try await revoke(redis, before: 2000)
            #expect(reply.before == 2000)
            #expect(reply.sessions == 3)
            #expect(reply.incarnations.sorted() == ["e1:x", "e2:y"])
            #expect(try await register(redis, "watch", issuedAt: 1999) == .revoked)
            guard case .registered = try await register(redis, "new", issuedAt: 2000) else {
                Issue.record("a token issued since is refused")
                return
            }
        }
    }

    @Test func aSessionRegisteredAgainWithAnOldTokenIsNoSessionAnyMore() async throws {
        try await withRedis { redis in
            _ = try await register(redis, "phone", issuedAt: 1000)
            _ = try await revoke(redis, before: 2000)
            #expect(try await register(redis, "phone", issuedAt: 1000, incarnation: "e1:next") == .revoked)
            let sessions = try await redis.execute(RedisCommand("HLEN", .text(keys.sessions("bob"))))
            #expect(sessions == .integer(0))
        }
    }

    @Test func theTimeOnlyGrows() async throws {
        try await withRedis { redis in
            let start = try await standing(redis)
            #expect(start == .init(last: .zero, revoked: nil))
            #expect(try await revoke(redis, before: 2000).before == 2000)
            #expect(try await revoke(redis, before: 1000).before == 2000)
            #expect(try await standing(redis).revoked == 2000)
            #expect(try await revoke(redis, before: 3000).before == 3000)
        }
    }

    @Test func messagesGoOnBeingDeliveredToAUserWhoseSessionsWereEnded() async throws {
        try await withRedis { redis in
            _ = try await revoke(redis, before: 2000)
            let entry = DeliverScript.Entry(
                conversation: "dm:alice:bob", from: "alice", device: "phone", data: Array("1".utf8))
            let delivered = try DeliverScript.reply(
                await redis.execute(
                    DeliverScript.command(
                        keys: keys, user: "bob", partition: 1, message: MessageID(milliseconds: 1, sequence: 0),
                        after: .zero, entry: entry, capacity: 100)))
            guard case .appended(let cursor, _, _) = delivered else {
                Issue.record("not appended")
                return
            }
            #expect(try await standing(redis) == .init(last: cursor, revoked: 2000))
        }
    }

    // MARK: The notes

    @Test func eachNoteIsLaterThanTheOneBeforeAndAUserHasOne() async throws {
        try await withRedis { redis in
            var times: [Int64] = []
            for number in 0..<50 { times.append(try #require(try await note(redis, "u\(number % 5)"))) }
            #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
            #expect(try await redis.execute(RedisCommand("ZCARD", .text(keys.revocations))) == .integer(5))
        }
    }

    @Test func pastTheBoundNoOtherUserIsNotedAndThoseNotedMayBeNotedAgain() async throws {
        try await withRedis { redis in
            _ = try await note(redis, "a", limit: 2)
            _ = try await note(redis, "b", limit: 2)
            #expect(try await note(redis, "c", limit: 2) == nil)
            #expect(try await note(redis, "a", limit: 2) != nil)
        }
    }

    @Test func whatNoTokenCanBeAsOldAsIsForgotten() async throws {
        try await withRedis { redis in
            _ = try await redis.execute(RedisCommand("ZADD", .text(keys.revocations), "1000", "ancient"))
            _ = try await note(redis, "bob")
            #expect(try await redis.execute(RedisCommand("ZSCORE", .text(keys.revocations), "ancient")) == .null)
        }
    }

    // MARK: Who follows them

    @Test func aBookThatHasReadNothingPassesNobody() async throws {
        try await withRedis { redis in
            let book = RevocationBook(redis: redis, keys: keys, lifetimeLimit: month)
            #expect(throws: RedisError.self) { try book.check("bob", issuedAt: .max) }
            try await book.read()
            try book.check("bob", issuedAt: 0)
        }
    }

    @Test func aBookFollowsAndRefusesWhatWasIssuedBefore() async throws {
        try await withRedis { redis in
            let book = RevocationBook(redis: redis, keys: keys, lifetimeLimit: month)
            try await book.read()
            let first = try #require(try await note(redis, "bob"))
            try book.check("bob", issuedAt: first - 1)
            try await book.read()
            #expect(throws: RevocationBook.Revoked.self) { try book.check("bob", issuedAt: first - 1) }
            try book.check("bob", issuedAt: first)
            try book.check("carol", issuedAt: 0)
            let second = try #require(try await note(redis, "bob"))
            try await book.read()
            #expect(throws: RevocationBook.Revoked.self) { try book.check("bob", issuedAt: first) }
            try book.check("bob", issuedAt: second)
        }
    }

    @Test func aBookReadsMoreThanOnePage() async throws {
        try await withRedis { redis in
            let commands = (0..<2500).map {
                NoteRevocationScript.command(keys: keys, user: "u\($0)", lifetimeLimit: month)
            }
            _ = await redis.execute(commands)
            let book = RevocationBook(redis: redis, keys: keys, lifetimeLimit: month)
            try await book.read()
            #expect(book.count == 2500)
        }
    }

    @Test func whatABookKnowsOutlivesWhatRedisHasForgotten() async throws {
        try await withRedis { redis in
            let book = RevocationBook(redis: redis, keys: keys, lifetimeLimit: month)
            let time = try #require(try await note(redis, "bob"))
            try await book.read()
            _ = try await redis.execute(RedisCommand("DEL", .text(keys.revocations)))
            try await book.read()
            #expect(throws: RevocationBook.Revoked.self) { try book.check("bob", issuedAt: time - 1) }
        }
    }
}
