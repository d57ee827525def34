import Messaging
import RedisBench
import Testing

@testable import RedisStreams

/// The scripts of feeds against a real Redis.
@Suite struct FeedScriptTests {
    private let keys = Keys()
    private let feed = Feed(topic: "news")
    private let standard = DeliverFeedScript.Retention(count: 1000, age: .seconds(3600))

    private func interest(_ incarnation: String, _ loop: Int = 0, lease: Duration = .seconds(60))
        -> ReadFeedScript.Interest
    {
        ReadFeedScript.Interest(incarnation: incarnation, loop: loop, lease: lease)
    }

    private func deliver(
        _ redis: RedisConnection, _ place: MessageID, original: MessageID? = nil, after: MessageID = .zero,
        data: String? = "1", _ retention: DeliverFeedScript.Retention? = nil
    ) async throws -> DeliverFeedScript.Reply {
        let entry = data.map {
            DeliverScript.Entry(
                conversation: feed.description, from: "alice", device: "phone", data: Array($0.utf8))
        }
        return try DeliverFeedScript.reply(
            await redis.execute(
                DeliverFeedScript.command(
                    keys: keys, feed: feed, place: place, original: original, after: after, entry: entry,
                    retention: retention ?? standard)))
    }

    private func read(
        _ redis: RedisConnection, _ start: ClientFrame.TopicStart, _ interest: ReadFeedScript.Interest? = nil,
        count: Int = 100
    ) async throws -> ReadFeedScript.Page {
        try ReadFeedScript.reply(
            await redis.execute(
                ReadFeedScript.command(keys: keys, feed: feed, start: start, interest: interest, count: count)))
    }

    /// Ids of now and the milliseconds after it.
    private func ids(_ redis: RedisConnection, _ count: Int) async throws -> [MessageID] {
        let now = UInt64(try await redis.now())
        return (0..<count).map { MessageID(milliseconds: now + UInt64($0), sequence: 0) }
    }

    @Test func whatIsDeliveredIsReadWithItsChain() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 3)
            #expect(try await deliver(redis, ids[0]) == .appended(previous: .zero, incarnations: []))
            #expect(
                try await deliver(redis, ids[1], data: #"{"a" : 1}"#) == .appended(previous: ids[0], incarnations: []))
            let page = try await read(redis, .beginning)
            #expect(page.last == ids[1] && !page.isForgotten)
            #expect(page.entries.map(\.place) == [ids[0], ids[1]])
            #expect(page.entries.map(\.previous) == [.zero, ids[0]])
            #expect(
                page.entries[1]
                    == FeedEntry(
                        place: ids[1], previous: ids[0], from: "alice", device: "phone",
                        data: Array(#"{"a" : 1}"#.utf8)))
            #expect(try await read(redis, .after(ids[0])).entries.map(\.place) == [ids[1]])
            #expect(try await read(redis, .beginning, count: 1).entries.map(\.place) == [ids[0]])
            let now = try await read(redis, .now)
            #expect(now.last == ids[1] && now.entries.isEmpty)
        }
    }

    @Test func whatIsNotNewerIsKnownAndAppendsNothing() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 3)
            _ = try await read(redis, .now, interest("e1:x"))
            for id in ids { _ = try await deliver(redis, id) }
            for id in ids { #expect(try await deliver(redis, id) == .known(last: ids[2], incarnations: ["e1:x"])) }
            #expect(try await read(redis, .beginning).entries.count == 3)
        }
    }

    @Test func whatMustComeAfterSomethingElseWaitsForIt() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 3)
            #expect(try await deliver(redis, ids[1], after: ids[0]) == .outOfOrder)
            _ = try await deliver(redis, ids[0])
            #expect(try await deliver(redis, ids[1], after: ids[0]) == .appended(previous: ids[0], incarnations: []))
        }
    }

    @Test func whatIsPutAsideMovesTheHeadAndLeavesAHoleInTheChain() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 3)
            _ = try await deliver(redis, ids[0])
            #expect(try await deliver(redis, ids[1], data: nil) == .moved)
            #expect(try await deliver(redis, ids[1], data: nil) == .moved)
            #expect(try await deliver(redis, ids[2]) == .appended(previous: ids[1], incarnations: []))
            let page = try await read(redis, .after(ids[0]))
            #expect(page.entries.map(\.place) == [ids[2]])
            #expect(page.entries.first?.previous == ids[1])
        }
    }

    @Test func aReplayKeepsTheMessagesIdAndHasAPlaceOfItsOwn() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 3)
            _ = try await deliver(redis, ids[1])
            _ = try await deliver(redis, ids[2], original: ids[0])
            let entry = try #require(try await read(redis, .after(ids[1])).entries.first)
            #expect(entry.place == ids[2] && entry.id == ids[0] && entry.previous == ids[1])
        }
    }

    @Test func theLogKeepsSoManyAndTheHeadRemembers() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 10)
            for id in ids { _ = try await deliver(redis, id, .init(count: 3, age: .seconds(3600))) }
            let page = try await read(redis, .after(ids[0]))
            #expect(page.entries.map(\.place) == Array(ids[7...]))
            #expect(page.entries.first?.previous == ids[6])
            #expect(page.last == ids[9])
        }
    }

    @Test func aLogThatKeepsNothingHasAChainAllTheSame() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 2)
            let none = DeliverFeedScript.Retention(count: 0, age: .seconds(60))
            _ = try await deliver(redis, ids[0], none)
            #expect(try await deliver(redis, ids[1], none) == .appended(previous: ids[0], incarnations: []))
            let page = try await read(redis, .after(ids[0]))
            #expect(page.entries.isEmpty && page.last == ids[1])
            #expect(try await redis.execute(RedisCommand("EXISTS", .text(keys.feedLog(feed)))) == .integer(0))
        }
    }

    @Test func whatIsTooOldGoesAndTheKeysExpire() async throws {
        try await withRedis { redis in
            let now = UInt64(try await redis.now())
            let old = MessageID(milliseconds: now - 120_000, sequence: 0)
            let new = MessageID(milliseconds: now, sequence: 0)
            let retention = DeliverFeedScript.Retention(count: 100, age: .seconds(60))
            _ = try await deliver(redis, old, retention)
            _ = try await deliver(redis, new, retention)
            #expect(try await read(redis, .beginning).entries.map(\.place) == [new])
            let log = try await redis.execute(RedisCommand("TTL", .text(keys.feedLog(feed)))).int ?? 0
            #expect((1...60).contains(log))
            let head = try await redis.execute(RedisCommand("TTL", .text(keys.feedHead(feed)))).int ?? 0
            #expect(head > 29 * 86_400)
        }
    }

    @Test func whoIsInterestedIsToldOnceForEachIncarnationWhileTheLeaseHolds() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 2)
            _ = try await read(redis, .now, interest("e1:x", 0))
            _ = try await read(redis, .now, interest("e1:x", 1))
            _ = try await read(redis, .now, interest("e2:y"))
            // A lease of no time at all has lapsed, and does not shorten those of others.
            _ = try await read(redis, .now, interest("e3:z", lease: .zero))
            _ = try await read(redis, .now, interest("e2:y"))
            guard case .appended(_, let told) = try await deliver(redis, ids[0]) else {
                Issue.record("not appended")
                return
            }
            #expect(told.sorted() == ["e1:x", "e2:y"])
            #expect(try await redis.texts("HKEYS", .text(keys.feedEdges(feed))) == ["e1:x/0", "e1:x/1", "e2:y/0"])
            _ = try await redis.execute(WithdrawFeed.command(keys: keys, feed: feed, interest: interest("e2:y")))
            let edges = try await redis.execute(FeedEdgesScript.command(keys: keys, feed: feed))
            #expect(try FeedEdgesScript.reply(edges) == ["e1:x"])
            #expect(try await deliver(redis, ids[1]) == .appended(previous: ids[0], incarnations: ["e1:x"]))
        }
    }

    @Test func renewingEntersAndTellsWhereTheFeedStands() async throws {
        try await withRedis { redis in
            let ids = try await ids(redis, 1)
            let renewal = RenewFeedScript.command(keys: keys, feed: feed, interest: interest("e1:x"))
            #expect(try RenewFeedScript.reply(await redis.execute(renewal)) == .zero)
            #expect(try await deliver(redis, ids[0]) == .appended(previous: .zero, incarnations: ["e1:x"]))
            let look = RenewFeedScript.command(keys: keys, feed: feed, interest: nil)
            #expect(try RenewFeedScript.reply(await redis.execute(look)) == ids[0])
            #expect(try await redis.texts("HKEYS", .text(keys.feedEdges(feed))) == ["e1:x/0"])
        }
    }

    @Test func aPlaceOlderThanAllThatIsRememberedIsForgotten() async throws {
        try await withRedis { redis in
            let now = UInt64(try await redis.now())
            let old = MessageID(milliseconds: now - 40 * 86_400_000, sequence: 0)
            #expect(try await read(redis, .after(old)).isForgotten)
            #expect(try await !read(redis, .after(MessageID(milliseconds: now, sequence: 0))).isForgotten)
            #expect(try await !read(redis, .after(.zero)).isForgotten)
            #expect(try await !read(redis, .beginning).isForgotten)
            _ = try await deliver(redis, MessageID(milliseconds: now, sequence: 0))
            #expect(try await !read(redis, .after(old)).isForgotten)
        }
    }

    private func note(_ redis: RedisConnection, _ change: UInt64, isIn: Bool) async throws -> FeedNote? {
        let id = MessageID(milliseconds: change, sequence: 0)
        let command = NoteFeedScript.command(keys: keys, user: "alice", group: "g", change: id, isIn: isIn)
        _ = try await redis.execute(command)
        return try FeedNotes.reply(await redis.execute(FeedNotes.command(keys: keys, user: "alice"))).first
    }

    private func noted(_ change: UInt64, isIn: Bool, left: UInt64? = nil) -> FeedNote {
        FeedNote(
            feed: Feed(group: "g"), change: MessageID(milliseconds: change, sequence: 0), isIn: isIn,
            left: left.map { MessageID(milliseconds: $0, sequence: 0) })
    }

    @Test func aNoteSaysSinceWhenAGroupIsHeardAndUntilWhenItWasBefore() async throws {
        try await withRedis { redis in
            let first = try await note(redis, 1, isIn: true)
            #expect(first == noted(1, isIn: true))
            #expect(try await note(redis, 2, isIn: false) == noted(2, isIn: false))
            let again = noted(3, isIn: true, left: 2)
            #expect(try await note(redis, 3, isIn: true) == again)
            // A repeat, and whoever comes late, change nothing.
            #expect(try await note(redis, 3, isIn: true) == again)
            #expect(try await note(redis, 2, isIn: false) == again)
            #expect(try await note(redis, 1, isIn: true) == again)
            #expect(try await note(redis, 4, isIn: false) == noted(4, isIn: false))
            #expect(try await note(redis, 5, isIn: true) == noted(5, isIn: true, left: 4))
        }
    }
}
