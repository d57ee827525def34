import Messaging
import RedisBench
import RedisStreams
import Testing

@testable import MessageRouter

/// Erasures as message-router does them, against a real Redis.
@Suite struct ErasureTests {
    private func erasure(_ at: UInt64, of user: String, before: UInt64) -> StreamEntry {
        let entry = LogEntry(
            kind: .erase, conversation: .direct(user, user), from: user, device: "", n: 0,
            data: Array("\(before)".utf8))
        return StreamEntry(id: id(at), fields: StreamFields(entry.fields))
    }

    private func keys(_ bench: RouterBench, _ user: String) async throws -> Set<String> {
        let reply = try await bench.redis.execute(RedisCommand("KEYS", .text("sb:{u:\(user)}:*")))
        return Set(reply.array?.compactMap { $0.string.map { String($0.split(separator: ":").last ?? "") } } ?? [])
    }

    @Test func whatRedisKeepsOfAUserGoesAndNothingOlderIsDelivered() async throws {
        try await RouterBench.with { bench in
            let now = try await bench.now()
            try await bench.live("e1:1")
            try await bench.connect("bob", "e1:1")
            let message = RouterBench.message(now + 1, .direct("alice", "bob"), from: "alice", "\"hello\"")
            try await bench.route([message])
            #expect(try await bench.inbox("bob") == ["\"hello\""])
            #expect(try await keys(bench, "bob").isSuperset(of: ["inbox", "devices", "marks", "contacts", "sessions"]))
            try await bench.route([erasure(now + 2, of: "bob", before: now + 1)])
            // The session has been told to end, and is taken away when it does.
            #expect(try await keys(bench, "bob") == ["marks", "sessions"])
            let items = try await bench.told("e1").flatMap(\.items)
            #expect(items.contains { if case .end("bob", _) = $0 { true } else { false } })
            let contacts = try await bench.redis.execute(
                RedisCommand("ZRANGE", .text(bench.keys.contacts("alice")), "0", "-1"))
            #expect(contacts.array?.isEmpty == true)
            // As when a batch comes again; the erasure behind it would come again, too, and take the contact that is noted with it.
            try await bench.route([message])
            #expect(try await bench.inbox("bob").isEmpty)
            #expect(try await bench.inbox("alice") == ["\"hello\""])
        }
    }

    @Test func oneOfThePartitionsRefusesTheTokensAndTheOthersSeeThatItIsDone() async throws {
        try await RouterBench.with { bench in
            let now = try await bench.now()
            let query = StandingQuery.command(keys: bench.keys, user: "bob")
            let before = now / 1000
            try await bench.route([erasure(now + 1, of: "bob", before: before)])
            let first = try StandingQuery.reply(await bench.redis.execute(query)).revoked
            #expect(first ?? 0 >= Int64(before))
            try await bench.route([erasure(now + 2, of: "bob", before: before)])
            // The last one, at the end of the job, refuses nothing any more.
            try await bench.route([erasure(now + 3, of: "bob", before: 0)])
            #expect(try StandingQuery.reply(await bench.redis.execute(query)).revoked == first)
            let noted = try await bench.redis.execute(RedisCommand("ZCARD", .text(bench.keys.revocations)))
            #expect(noted.int == 1)
        }
    }

    @Test func aUserOfWhomNothingIsKnownIsErasedAllTheSame() async throws {
        try await RouterBench.with { bench in
            try await bench.route([erasure(1, of: "nobody", before: 0)])
            #expect(try await keys(bench, "nobody") == ["marks"])
            #expect(try await bench.deadLetters().isEmpty)
        }
    }

    @Test func anErasureThatCannotBeReadIsPutAside() async throws {
        try await RouterBench.with { bench in
            let entry = LogEntry(
                kind: .erase, conversation: .direct("bob", "bob"), from: "bob", device: "", n: 0, data: Array("x".utf8))
            let logged = try await bench.log(StreamEntry(id: id(5), fields: StreamFields(entry.fields)))
            try await bench.route([logged])
            #expect(try await bench.deadLetters().count == 1)
        }
    }

    @Test func whatWasNotedOfAnErasedUserIsNotedAgainWhenThereIsReason() {
        var book = ContactBook()
        book.begin(timeline: nil)
        book.meet(.pair("alice", "bob"))
        book.meet(.pair("alice", "carol"))
        book.noted()
        book.forget("bob")
        book.meet(.pair("alice", "bob"))
        book.meet(.pair("alice", "carol"))
        #expect(book.open == [.pair("alice", "bob")])
    }
}
