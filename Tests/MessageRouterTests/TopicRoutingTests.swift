import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Testing

@testable import MessageRouter

/// Messages of topics, against a real Redis.
@Suite struct TopicRoutingTests {
    private let news = Feed(topic: "news")

    private func entries(_ batches: [EdgeBatch]) -> [FeedEntry] {
        batches.flatMap(\.items).compactMap { if case .feed(_, let entry) = $0 { entry } else { nil } }
    }

    private func hears(_ bench: RouterBench, _ feed: Feed, _ incarnation: String, loop: Int = 0) async throws {
        let interest = ReadFeedScript.Interest(incarnation: incarnation, loop: loop, lease: .seconds(60))
        _ = try await bench.redis.execute(
            ReadFeedScript.command(keys: bench.keys, feed: feed, start: .now, interest: interest, count: 1))
    }

    private func log(_ bench: RouterBench, _ feed: Feed) async throws -> [String] {
        try await bench.redis.entries(bench.keys.feedLog(feed), "data").map {
            String(decoding: $0.value, as: UTF8.self)
        }
    }

    /// What the stream that all edges read says.
    private func toldToAll(_ bench: RouterBench) async throws -> [EdgeBatch] {
        try await bench.redis.entries(bench.keys.all, "batch").map { try EdgeBatch(decoding: $0.value) }
    }

    @Test func aBatchGoesIntoTheLogAndAsOneEntryToEachEdgeThatHearsIt() async throws {
        try await RouterBench.with { bench in
            for incarnation in ["e1:x", "e2:y", "e3:z"] { try await bench.live(incarnation) }
            try await hears(bench, news, "e1:x")
            try await hears(bench, news, "e1:x", loop: 1)
            try await hears(bench, news, "e2:y")
            try await hears(bench, news, "dead:w")
            let now = try await bench.now()
            let batch = (1...20).map {
                RouterBench.message(now + UInt64($0), news.conversation, from: "alice", "\($0)")
            }
            try await bench.route(batch)
            #expect(try await log(bench, news) == (1...20).map(String.init))
            for edge in ["e1", "e2"] {
                let told = try await bench.told(edge)
                #expect(told.count == 1)
                let entries = entries(told)
                #expect(entries.map(\.place) == batch.map(\.id))
                #expect(zip(entries, entries.dropFirst()).allSatisfy { $0.place == $1.previous })
                #expect(entries.first?.from == "alice" && entries.first?.device == "phone")
            }
            #expect(try await bench.told("e3").isEmpty)
            #expect(try await toldToAll(bench).isEmpty)
            #expect(bench.metrics.render().contains("router_edge_entries_total 2"))
            #expect(bench.metrics.render().contains("router_edge_targets_total 40"))
        }
    }

    @Test func aTopicThatEveryEdgeHearsIsToldThemOnceTogether() async throws {
        try await RouterBench.with { bench in
            for incarnation in ["e1:x", "e2:y"] {
                try await bench.live(incarnation)
                try await hears(bench, news, incarnation)
            }
            let now = try await bench.now()
            try await bench.route([RouterBench.message(now, news.conversation, from: "alice", "1")])
            #expect(entries(try await toldToAll(bench)).map(\.place) == [id(now)])
            #expect(try await bench.told("e1").isEmpty)
        }
    }

    @Test func whatIsForAllGoesToAllWithoutBeingAskedFor() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            let now = try await bench.now()
            try await bench.route(
                [RouterBench.message(now, Feed.all.conversation, from: "alice", "1")],
                signals: [RouterBench.signal(now, from: "alice", to: .all)])
            let told = try await toldToAll(bench)
            #expect(entries(told).map(\.place) == [id(now)])
            #expect(
                told.flatMap(\.items).contains {
                    if case .signal("alice", "phone", "all", _, _, let users) = $0 { users.isEmpty } else { false }
                })
            #expect(try await log(bench, .all) == ["1"])
        }
    }

    @Test func aBatchThatComesAgainAppendsNothingAndHasTheEdgesLook() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await hears(bench, news, "e1:x")
            let now = try await bench.now()
            let batch = (0..<3).map { RouterBench.message(now + UInt64($0), news.conversation, from: "alice", "\($0)") }
            try await bench.route(batch)
            await bench.handler.acquired(RouterBench.partition)
            try await bench.route(batch)
            #expect(try await log(bench, news) == ["0", "1", "2"])
            let told = try await bench.told("e1")
            #expect(told.count == 2)
            #expect(told.last?.items == [.feedLook(news, place: id(now + 2))])
        }
    }

    @Test func aSignalGoesToWhoHearsTheTopic() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await hears(bench, news, "e2:y")
            try await bench.route([], signals: [RouterBench.signal(5, from: "alice", to: .topic("news"))])
            #expect(try await bench.told("e1").isEmpty)
            let items = try await bench.told("e2").flatMap(\.items)
            guard case .signal("alice", "phone", "topic:news", _, _, [])? = items.first, items.count == 1 else {
                Issue.record("\(items)")
                return
            }
        }
    }

    @Test func brokenKeysOfATopicArePutAsideAndHinderNobody() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await hears(bench, news, "e1:x")
            try await bench.connect("bob", "e1:x")
            _ = try await bench.redis.execute(RedisCommand("SET", .text(bench.keys.feedLog(news)), "no stream"))
            let now = try await bench.now()
            let chat = Conversation.direct("alice", "bob")
            let batch = [
                try await bench.log(RouterBench.message(now, news.conversation, from: "alice", "1")),
                try await bench.log(RouterBench.message(now + 1, chat, from: "alice", "2")),
                try await bench.log(RouterBench.message(now + 2, news.conversation, from: "alice", "3")),
            ]
            try await bench.route(batch)
            #expect(try await bench.inbox("bob") == ["2"])
            let dead = try await bench.deadLetters()
            #expect(dead.map(\.id) == [id(now), id(now + 2)])
            #expect(dead.allSatisfy { $0.kind == .topic && $0.users.isEmpty && $0.reason.contains("WRONGTYPE") })
            #expect(dead.map(\.tries) == [5, 1])
            // Mended, it goes on behind the hole, and a replay brings the message with its old id at a place of its own.
            _ = try await bench.redis.execute(RedisCommand("DEL", .text(bench.keys.feedLog(news))))
            try await bench.route([RouterBench.message(now + 3, news.conversation, from: "alice", "4")])
            let replay = try await bench.replay()
            try await bench.route([replay])
            try await bench.route([replay])
            #expect(try await log(bench, news) == ["4", "1"])
            let entries = entries(try await bench.told("e1"))
            #expect(entries.map(\.id) == [id(now + 3), id(now)])
            #expect(entries.map(\.place) == [id(now + 3), replay.id])
            #expect(entries[0].previous == id(now + 2) && entries[1].previous == id(now + 3))
        }
    }

    @Test(arguments: [
        ("news count=x", "count=<number>"), ("news count=-1", "count=<number>"), ("news age=soon", "age=<time>"),
        ("news age=0", "age=<time>"), ("news", "add count=<number>"), ("ne ws count=1", "count=<number> or age=<time>"),
        ("n/s count=1", "a topic's id"), ("news count=1; news age=1d", "one rule of the two"),
        ("news count=1 count=2", "once"),
    ])
    func aMalformedRetentionIsNamedWithTheRemedy(_ text: String, _ remedy: String) {
        let error = #expect(throws: SettingsError.self) { try TopicRetention("ok.* count=5; \(text)") }
        #expect(error?.description.contains("TOPIC_RETENTION") == true)
        #expect(error?.description.contains(remedy) == true)
    }

    @Test func theLongestPrefixSaysWhatIsKept() throws {
        let retention = try TopicRetention("* age=1h; news.* count=5 age=7d; news.live.* count=0")
        #expect(retention.of("x") == .init(count: 1000, age: .seconds(3600)))
        #expect(retention.of("news.a") == .init(count: 5, age: .seconds(7 * 86_400)))
        #expect(retention.of("news.live.a") == .init(count: 0, age: .seconds(7 * 86_400)))
        #expect(try TopicRetention("").of("x") == TopicRetention.standard)
    }
}
