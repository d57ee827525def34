import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// What an inbox holds, and how much, against a real Redis.
@Suite struct InboxFormTests {
    private let keys = Keys()

    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func command(
        _ number: UInt64, _ entry: DeliverScript.Entry, original: MessageID? = nil, capacity: Int = 1000
    ) -> RedisCommand {
        DeliverScript.command(
            keys: keys, user: "bob", partition: 1, message: id(number), original: original, after: .zero, entry: entry,
            capacity: capacity)
    }

    private func message(_ text: String, conversation: String = "dm:alice:bob") -> DeliverScript.Entry {
        DeliverScript.Entry(conversation: conversation, from: "alice", device: "phone", data: Array(text.utf8))
    }

    /// What an earlier version put into the inbox.
    private func earlier(_ redis: RedisConnection, _ number: UInt64, conversation: String) async throws -> MessageID {
        let last = try await redis.execute(RedisCommand("HGET", .text(keys.marks("bob")), "last")).string ?? "0-0"
        let reply = try await redis.execute(
            RedisCommand(
                "XADD", .text(keys.inbox("bob")), "*", "prev", .text(last), "id", .text("\(id(number))"),
                "conversation", .text(conversation), "from", "alice", "device", "phone", "data", "\"earlier\""))
        let cursor = try reply.id("XADD")
        _ = try await redis.execute(
            RedisCommand("HSET", .text(keys.marks("bob")), "1", .text("\(id(number))"), "last", .text("\(cursor)")))
        return cursor
    }

    @Test func whatIsDeliveredIsReadTheSameWhateverItComesWith() async throws {
        try await withRedis { redis in
            var edited = message(#"{"a" : 1,\#n "b": " "}"#)
            edited.attachments = Array("[1]".utf8)
            edited.change = .edited(id(1))
            var unsaid = message("")
            unsaid.device = ""
            unsaid.change = .deleted(id(1))
            let entries = [message("1"), edited, unsaid]
            for (place, entry) in entries.enumerated() {
                _ = try await redis.execute(
                    command(UInt64(place + 1), entry, original: place == 1 ? id(77) : nil))
            }
            let found = try await redis.inbox("bob", keys)
            #expect(found.map(\.id) == [id(1), id(77), id(3)])
            for (entry, found) in zip(entries, found) {
                #expect(found.conversation == entry.conversation && found.from == entry.from)
                #expect(found.device == entry.device && found.data == entry.data)
                #expect(found.attachments == entry.attachments && found.change == entry.change)
            }
        }
    }

    @Test func entriesOfAnEarlierVersionAreReadBesideThoseOfThisOne() async throws {
        try await withRedis { redis in
            let first = try await earlier(redis, 1, conversation: "group:a")
            let second = try await earlier(redis, 2, conversation: "group:b")
            let reply = try DeliverScript.reply(
                await redis.execute(command(3, message("\"now\"", conversation: "group:c"))))
            guard case .appended(let third, let previous, _) = reply else {
                Issue.record("not appended")
                return
            }
            #expect(previous == second)
            let register = RegisterScript.command(
                keys: keys, user: "bob", session: "s", incarnation: "e1:x", device: "desk", cursor: first,
                claimed: first, fromStart: false, issuedAt: .max)
            guard case .registered(let start) = try RegisterScript.reply(await redis.execute(register)) else {
                Issue.record("not registered")
                return
            }
            #expect(start.entries.map(\.cursor) == [second, third] && !start.gap)
            #expect(start.entries.map(\.entry.previous) == [first, second])
            #expect(start.entries.map(\.entry.conversation) == ["group:b", "group:c"])
            #expect(start.entries.map(\.entry.data) == [Array("\"earlier\"".utf8), Array("\"now\"".utf8)])
            for (conversation, place) in [("group:b", 2), ("group:c", 3)] as [(String, UInt64)] {
                let received = try ReceivedScript.reply(
                    await redis.execute(
                        ReceivedScript.command(keys: keys, user: "bob", conversation: conversation, partition: 1)))
                #expect(received == .before(id(place)))
            }
        }
    }

    @Test(arguments: [1, 32])
    func anInboxThatNobodyReadsKeepsItsCapacityAndNotMuchMore(_ atOnce: Int) async throws {
        try await withRedis { redis in
            for first in stride(from: 0, to: 1200, by: atOnce) {
                let commands = (first..<first + atOnce).map { command(UInt64($0 + 1), message("1"), capacity: 20) }
                for reply in await redis.execute(commands) { _ = try reply.get() }
            }
            let length = try #require(try await redis.execute(RedisCommand("XLEN", .text(keys.inbox("bob")))).int)
            // A node of the stream has 100 entries; not to meet the one in ten that has it cut for 300 more is one time in 10^13.
            #expect((20...420).contains(length))
        }
    }
}
