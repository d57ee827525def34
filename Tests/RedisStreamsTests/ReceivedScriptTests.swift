import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// Up to where a user's devices have a conversation, by the script against a real Redis.
@Suite struct ReceivedScriptTests {
    private let keys = Keys()

    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    /// Delivers messages 1, 2, 3 … to bob, each of a conversation, and gives their cursors.
    private func deliver(_ redis: RedisConnection, _ conversations: [String]) async throws -> [MessageID] {
        var cursors: [MessageID] = []
        for (place, conversation) in conversations.enumerated() {
            let entry = DeliverScript.Entry(conversation: conversation, from: "x", device: "d", data: [0x31])
            let command = DeliverScript.command(
                keys: keys, user: "bob", partition: 1, message: id(UInt64(place + 1)), after: .zero, entry: entry)
            guard case .appended(let cursor, _, _) = try DeliverScript.reply(await redis.execute(command)) else {
                throw RedisError.unexpectedReply("deliver in a test")
            }
            cursors.append(cursor)
        }
        return cursors
    }

    private func acknowledge(_ redis: RedisConnection, _ device: String, _ cursor: MessageID) async throws {
        _ = try await redis.execute(
            AcknowledgeScript.command(keys: keys, user: "bob", device: device, cursor: cursor, claimed: cursor))
    }

    private func received(_ redis: RedisConnection, _ conversation: String) async throws -> ReceivedScript.Reply {
        try ReceivedScript.reply(
            await redis.execute(
                ReceivedScript.command(keys: keys, user: "bob", conversation: conversation, partition: 1)))
    }

    @Test func itIsWhatTheDeviceThatIsFurthestHasAcknowledged() async throws {
        try await withRedis { redis in
            #expect(try await received(redis, "group:a") == .unknown)
            let cursors = try await deliver(redis, ["group:a", "group:b", "group:a", "group:b"])
            // No device has ever been there.
            #expect(try await received(redis, "group:a") == .unknown)
            try await acknowledge(redis, "phone", cursors[0])
            #expect(try await received(redis, "group:a") == .before(id(3)))
            #expect(try await received(redis, "group:b") == .before(id(2)))
            #expect(try await received(redis, "group:c") == .through(id(4)))
            try await acknowledge(redis, "desk", cursors[2])
            #expect(try await received(redis, "group:a") == .through(id(4)))
            #expect(try await received(redis, "group:b") == .before(id(4)))
            try await acknowledge(redis, "phone", cursors[3])
            #expect(try await received(redis, "group:b") == .through(id(4)))
        }
    }

    @Test func whatTheInboxNoLongerHoldsOrIsTooLongToLookThroughIsNotKnown() async throws {
        try await withRedis { redis in
            let cursors = try await deliver(redis, ["group:a"] + Array(repeating: "group:b", count: 30))
            try await acknowledge(redis, "phone", cursors[0])
            #expect(try await received(redis, "group:a") == .unknown)
            #expect(try await received(redis, "group:b") == .before(id(2)))
            try await acknowledge(redis, "phone", cursors[15])
            #expect(try await received(redis, "group:a") == .through(id(31)))
            _ = try await redis.execute(
                RedisCommand("XTRIM", .text(keys.inbox("bob")), "MINID", .text("\(cursors[20])")))
            #expect(try await received(redis, "group:a") == .unknown)
            _ = try await redis.execute(RedisCommand("DEL", .text(keys.inbox("bob"))))
            #expect(try await received(redis, "group:a") == .unknown)
        }
    }
}
