import Messaging
import NIOCore
import NIOEmbedded
import RedisStreams
import STOMP
import Testing

@testable import WSEdge

/// What a session gets over STOMP.
@Suite struct STOMPInboxTests {
    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func message(_ number: UInt64, from: String = "bob", data: String? = nil) -> EdgeNews {
        .message(
            RoutedMessage(
                id: id(number + 100), conversation: "dm:alice:bob", from: from, device: "desk",
                data: Array((data ?? "\"\(number)\"").utf8)),
            [.init(user: "alice", cursor: id(number), previous: id(number - 1))])
    }

    /// An entry as the inbox holds it.
    private func entry(_ number: UInt64) -> RedisValue {
        let fields = [
            "prev", "\(id(number - 1))", "id", "\(id(number + 100))", "conversation", "dm:alice:bob", "from", "bob",
            "device", "desk", "data", "\"\(number)\"",
        ]
        return .array([.status("\(id(number))"), .array(fields.map { .bytes(Array($0.utf8)) })])
    }

    private func inbox(_ numbers: [UInt64]) -> RedisValue { .array(numbers.map(entry)) }

    /// A session that listens to its inbox.
    private func listening(_ bench: Bench, _ token: String, _ version: STOMPVersion = .v12, ack: String = "auto") throws
        -> STOMPBenchClient
    {
        let client = try bench.stomp(token, version)
        try client.send(
            .subscribe, ["id": "in", "destination": "/user/queue/messages", "ack": ack, "receipt": "subscribed"])
        #expect(try client.receipts() == ["subscribed"])
        return client
    }

    // MARK: The inbox

    @Test func theInboxWaitsForItsSubscription() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        bench.loop.handle([message(6), message(7)])
        #expect(try client.frames().isEmpty)
        #expect(bench.redis.commands("XRANGE").isEmpty)
        bench.redis.answers("XRANGE", with: inbox([6, 7]))
        try client.send(.subscribe, ["id": "in", "destination": "/user/queue/messages"])
        let frames = try client.frames()
        #expect(frames.map(\.text) == ["6", "7"])
        #expect(frames.first?.headers["message-id"] == "106-0")
        #expect(frames.first?.headers["cursor"] == "6-0")
        #expect(frames.first?.headers["conversation"] == "dm:alice:bob")
        #expect(frames.first?.headers["from"] == "bob")
        #expect(frames.first?.headers["subscription"] == "in")
        #expect(bench.redis.commands("XRANGE").first?[2] == "(5-0")
        bench.loop.handle([message(8)])
        #expect(try client.frame().text == "8")
    }

    @Test func autoIsAcknowledgedWhenTheConnectionHasTakenIt() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token)
        bench.loop.handle([message(6)])
        #expect(try client.frame().text == "6")
        for connection in bench.loop.connections.values { connection.tick(now: .now()) }
        bench.loop.acknowledgements.flush()
        bench.eventLoop.run()
        #expect(bench.redis.commands("acknowledge").first?.contains("6-0") == true)
    }

    @Test func clientAcknowledgesAllBefore() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token, ack: "client")
        bench.loop.handle([message(6), message(7), message(8)])
        let frames = try client.frames()
        #expect(frames.count == 3)
        try client.send(.ack, ["id": frames[1].headers["ack"] ?? "", "receipt": "a"])
        #expect(try client.receipts() == ["a"])
        bench.loop.acknowledgements.flush()
        bench.eventLoop.run()
        #expect(bench.redis.commands("acknowledge").last?.contains("7-0") == true)
    }

    @Test func whatIsUnacknowledgedComesAgainWithTheNextSubscription() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token, ack: "client-individual")
        bench.loop.handle([message(6), message(7), message(8)])
        let frames = try client.frames()
        // Out of order: the cursor does not pass what is still owed.
        try client.send(.ack, ["id": frames[0].headers["ack"] ?? ""])
        try client.send(.ack, ["id": frames[2].headers["ack"] ?? ""])
        try client.send(.nack, ["id": frames[1].headers["ack"] ?? ""])
        try client.send(.unsubscribe, ["id": "in"])
        bench.loop.handle([message(9)])
        #expect(try client.frames().isEmpty)
        bench.redis.answers("XRANGE", with: inbox([7, 8, 9]))
        try client.send(.subscribe, ["id": "again", "destination": "/user/queue/messages", "ack": "client"])
        #expect(try client.frames().map(\.text) == ["7", "8", "9"])
        #expect(bench.redis.commands("XRANGE").last?[2] == "(6-0")
    }

    @Test func theInboxPausesWhileTooMuchIsUnacknowledged() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts, ["--stomp-unacknowledged", "2"])
        let client = try listening(bench, parts.token, ack: "client")
        bench.loop.handle([message(6), message(7), message(8)])
        let frames = try client.frames()
        #expect(frames.map(\.text) == ["6", "7"])
        bench.redis.answers("XRANGE", with: inbox([8]))
        try client.send(.ack, ["id": frames[1].headers["ack"] ?? ""])
        #expect(try client.frame().text == "8")
    }

    @Test func aPageThatWasAskedForBeforeASubscriptionBeginsAnewCountsForNothing() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token, ack: "client")
        bench.loop.handle([message(6)])
        #expect(try client.frame().text == "6")
        bench.redis.holdBack()
        // A hint that does not fit: the rest is read.
        bench.loop.handle([message(8)])
        bench.eventLoop.run()
        try client.send(.unsubscribe, ["id": "in"])
        try client.send(.subscribe, ["id": "again", "destination": "/user/queue/messages", "ack": "client"])
        bench.redis.answers("XRANGE", with: inbox([6, 7, 8]))
        bench.redis.answer()
        #expect(try client.frames().map(\.text) == ["6", "7", "8"])
    }

    @Test func whatTheInboxHoldsNoMoreIsSaidWhenSomebodyListens() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        bench.redis.answers(
            "register",
            with: .array([.status("registered"), .status("5-0"), .integer(0), .status("9-0"), .array([])]))
        let client = try bench.stomp(parts.token)
        #expect(try client.frames().isEmpty)
        try client.send(.subscribe, ["id": "in", "destination": "/user/queue/messages", "ack": "client"])
        let gap = try client.frame()
        #expect(gap.headers["type"] == "gap" && gap.headers["subscription"] == "in")
        #expect(gap.text.hasPrefix(#"{"type":"gap","after":"0-0""#))
        // Nothing of it can be acknowledged by itself.
        try client.send(.ack, ["id": gap.headers["ack"] ?? "", "receipt": "k"])
        #expect(try client.receipts() == ["k"])
    }

    @Test func aMessageIsEscapedAsTheVersionWants() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let old = try listening(bench, parts.token, .v10)
        let new = try listening(bench, parts.token, .v12)
        bench.loop.handle([message(6, data: "{\"a\":1}")])
        #expect(old.socket.texts().first?.contains("\nconversation:dm:alice:bob\n") == true)
        #expect(new.socket.texts().first?.contains("\nconversation:dm\\calice\\cbob\n") == true)
    }

    // MARK: Beside the inbox

    /// What is said to everybody.
    private func said(_ n: UInt64) -> EdgeNews {
        let entry = FeedEntry(
            place: id(n), previous: id(n - 1), from: "ops", device: "d", data: Array("\(n)".utf8))
        return .feed(.all, FeedMessage(.all, entry))
    }

    @Test(arguments: [STOMPVersion.v10, .v11, .v12])
    func acknowledgingWhatIsSaidToEverybodyIsGoodForTheInboxBeforeIt(_ version: STOMPVersion) async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token, version, ack: "client")
        bench.loop.topics.tick(now: .now())
        bench.eventLoop.run()
        bench.loop.handle([message(6)])
        bench.loop.handle([said(1)])
        bench.loop.handle([message(7)])
        let frames = try client.frames()
        #expect(frames.map(\.text) == ["6", "1", "7"])
        let headers = frames[1].headers
        let named: STOMPHeaders =
            version == .v12
            ? ["id": headers["ack"] ?? ""]
            : ["message-id": headers["message-id"] ?? "", "subscription": "in"]
        try client.send(.ack, named)
        bench.loop.acknowledgements.flush()
        bench.eventLoop.run()
        #expect(bench.redis.commands("acknowledge").last?.contains("6-0") == true)
    }

    @Test func whatIsSaidToEverybodyComesWithTheInbox() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try listening(bench, parts.token, ack: "client")
        bench.loop.topics.tick(now: .now())
        bench.eventLoop.run()
        bench.loop.handle([said(1)])
        let frame = try client.frame()
        #expect(frame.headers["subscription"] == "in" && frame.headers["conversation"] == "topic:all")
        #expect(frame.headers["cursor"] == nil)
        try client.send(.subscribe, ["id": "all", "destination": "/all"])
        bench.loop.handle([said(2)])
        #expect(try client.frames().map { $0.headers["subscription"] } == ["all"])
    }

    @Test func aTopicIsHeardByWhoSpeaksThereToo() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        try client.send(.subscribe, ["id": "t", "destination": "/topic/news", "receipt": "s"])
        #expect(try client.receipts() == ["s"])
        let news = Feed(topic: "news")
        let entry = FeedEntry(
            place: id(1), previous: .zero, from: "alice", device: "stomp", data: Array("\"hi\"".utf8))
        bench.loop.handle([.feed(news, FeedMessage(news, entry))])
        let frame = try client.frame()
        #expect(frame.text == "hi" && frame.headers["destination"] == "/topic/news")
        try client.send(.unsubscribe, ["id": "t", "receipt": "u"])
        #expect(try client.receipts() == ["u"])
        #expect(bench.loop.environment.topics == (0, 0))
    }

    @Test func signalsAndReadMarksComeToWhoSubscribesToThem() async throws {
        let parts = try await Bench.Parts()
        let bench = try Bench(parts)
        let client = try bench.stomp(parts.token)
        let signal = EdgeNews.signal(
            RoutedSignal(from: "bob", device: "d", to: "user:alice", data: Array("1".utf8)), users: ["alice"])
        bench.loop.handle([signal])
        #expect(try client.frames().isEmpty)
        try client.send(.subscribe, ["id": "s", "destination": "/user/queue/signals"])
        try client.send(.subscribe, ["id": "r", "destination": "/user/queue/reads"])
        bench.loop.handle([
            signal,
            .read(RoutedRead(conversation: "dm:alice:bob", user: "bob", device: "d", id: id(3)), users: ["alice"]),
        ])
        let frames = try client.frames()
        #expect(frames.map { $0.headers["type"] } == ["signal", "read"])
        #expect(frames.map { $0.headers["subscription"] } == ["s", "r"])
        #expect(frames[0].text == #"{"type":"signal","from":"bob","to":"user:alice","data":1}"#)
    }
}
