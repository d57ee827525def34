import Messaging
import NIOEmbedded
import RedisStreams
import Testing

@testable import WSEdge

/// What a session says and hears of topics.
@Suite struct SessionTopicsTests {
    private let news = Feed(topic: "news")

    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func told(
        _ number: UInt64, previous: UInt64, in feed: Feed? = nil, from: String = "bob", device: String = "desk"
    ) -> EdgeNews {
        let feed = feed ?? news
        let entry = FeedEntry(
            place: id(number), previous: id(previous), from: from, device: device, data: Array("\(number)".utf8))
        return .feed(feed, FeedMessage(feed, entry))
    }

    private func page(last: UInt64, _ entries: [(UInt64, previous: UInt64)] = []) -> RedisValue {
        .array([
            .status("\(last)-0"), .integer(0),
            .array(
                entries.map { number, previous in
                    .array([
                        .status("\(number)-0"),
                        .array(
                            ["prev", "\(previous)-0", "from", "bob", "device", "desk", "data", "\(number)"]
                                .map { .status($0) }),
                    ])
                }),
        ])
    }

    @Test func isSubscribedOnceRedisKnowsAndHearsWhatIsTold() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.answers("read_feed", with: page(last: 7))
        try client.send(#"{"type":"subscribe","n":2,"topic":"news"}"#)
        #expect(client.texts() == [#"{"type":"ok","n":2,"after":"7-0"}"#])
        let command = try #require(bench.redis.commands("read_feed").first)
        #expect(command.contains("sb:{t:news}:edges") && command.contains("e1:boot/0") && command.contains("now"))
        bench.loop.handle([told(8, previous: 7), told(9, previous: 8, from: "alice", device: "phone")])
        bench.loop.handle([told(8, previous: 7), told(10, previous: 9, from: "alice", device: "tablet")])
        #expect(
            client.texts() == [
                #"{"type":"message","id":"8-0","conversation":"topic:news","from":"bob","at":8,"data":8}"#,
                #"{"type":"message","id":"10-0","conversation":"topic:news","from":"alice","at":10,"data":10}"#,
            ])
        #expect(bench.loop.environment.topics == (1, 1))
        try client.send(#"{"type":"unsubscribe","n":3,"topic":"news"}"#)
        #expect(client.texts() == [#"{"type":"ok","n":3}"#])
        #expect(bench.redis.commands("HDEL").first?.contains("e1:boot/0") == true)
        bench.loop.handle([told(11, previous: 10)])
        #expect(client.texts().isEmpty)
        #expect(bench.loop.environment.topics == (0, 0))
    }

    @Test func getsWhatTheLogHoldsBeforeTheAnswerAndAGapBeforeThat() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.answers("read_feed", with: page(last: 6, [(5, previous: 4), (6, previous: 5)]))
        try client.send(#"{"type":"subscribe","n":2,"topic":"news","after":"2-0"}"#)
        let texts = client.texts()
        #expect(texts.count == 4)
        #expect(texts.first?.hasPrefix(#"{"type":"gap","conversation":"topic:news","after":"2-0""#) == true)
        #expect(texts.last == #"{"type":"ok","n":2,"after":"6-0"}"#)
    }

    @Test func whatIsForEverybodyIsHeardFromTheWelcomeOn() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.loop.handle([told(3, previous: 0, in: .all)])
        #expect(client.texts().first?.contains(#""conversation":"topic:all""#) == true)
        try client.send(#"{"type":"subscribe","n":2,"topic":"all"}"#)
        #expect(client.texts() == [#"{"type":"ok","n":2,"after":"3-0"}"#])
        #expect(bench.loop.environment.topics == (0, 0))
        try client.send(opcode: 8, [])
        bench.loop.handle([told(4, previous: 3, in: .all)])
        #expect(bench.loop.topics[.all]?.isEmpty == true)
    }

    @Test func rulesAreAskedAndAFreshTokenThatAllowsLessEndsASubscription() async throws {
        let parts = try await Bench.Parts(subscribes: ["staff.*"])
        let less = try await Bench.Parts()
        let bench = try Bench(parts, ["--topic-rules", "staff.* subscribe=nobody publish=scope:boss"])
        let client = try bench.session(parts.token)
        _ = client.texts()
        try client.send(#"{"type":"subscribe","n":1,"topic":"staff.x"}"#)
        #expect(client.texts() == [#"{"type":"ok","n":1,"after":"0-0"}"#])
        try client.send(#"{"type":"send","n":2,"to":"topic:staff.x","data":1}"#)
        let refusal = client.texts().first ?? ""
        #expect(refusal.contains(#""n":2"#) && refusal.contains("forbidden") && refusal.contains("staff.x"))
        try client.send(#"{"type":"auth","token":"\#(less.token)"}"#)
        #expect(client.texts().first?.contains("forbidden") == true)
        #expect(bench.loop.environment.topics == (0, 0))
        try client.send(#"{"type":"subscribe","n":3,"topic":"staff.x"}"#)
        #expect(client.texts().first?.contains("forbidden") == true)
    }

    @Test func aTopicThatCannotBeReadIsBusyAndNotSubscribed() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        _ = client.texts()
        bench.redis.isConnected = false
        try client.send(#"{"type":"subscribe","n":1,"topic":"news"}"#)
        let refusal = client.texts().first ?? ""
        #expect(refusal.contains("busy") && refusal.contains(#""n":1"#) && refusal.contains("retryAfter"))
        #expect(bench.loop.environment.topics == (0, 0))
        bench.redis.isConnected = true
        try client.send(#"{"type":"subscribe","n":2,"topic":"news"}"#)
        #expect(client.texts() == [#"{"type":"ok","n":2,"after":"0-0"}"#])
    }

    @Test func aNewIncarnationEntersItsInterestsAnew() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.session(parts.token)
        try client.send(#"{"type":"subscribe","n":1,"topic":"news"}"#)
        _ = client.texts()
        bench.loop.adopt("e1:again")
        bench.eventLoop.run()
        #expect(bench.redis.commands("renew_feed").first?.contains("e1:again/0") == true)
        bench.loop.handle([told(1, previous: 0)])
        #expect(client.texts().contains { $0.contains(#""id":"1-0""#) })
    }

    @Test func aSignalToATopicGoesToAllWhoHearItButItsSender() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let one = try bench.session(parts.token, device: "phone")
        let two = try bench.session(parts.token, device: "tablet")
        for client in [one, two] { try client.send(#"{"type":"subscribe","n":1,"topic":"news"}"#) }
        _ = (one.texts(), two.texts())
        let signal = RoutedSignal(from: "alice", device: "phone", to: "topic:news", data: Array("1".utf8))
        bench.loop.handle([.feedSignal(signal, news)])
        #expect(one.texts().isEmpty)
        #expect(two.texts() == [#"{"type":"signal","from":"alice","to":"topic:news","data":1}"#])
    }
}
