import Messaging
import RedisBench
import RedisStreams
import Testing

@testable import MessageRouter

/// What history has decided about messages, on its way to those whom it concerns.
@Suite struct ChangeRoutingTests {
    private let chat = Conversation.direct("alice", "bob")

    private func entry(
        _ at: UInt64, _ kind: LogEntry.Kind, _ conversation: Conversation, _ change: LogEntry.Change,
        device: String = "phone", data: String = "2"
    ) -> StreamEntry {
        let entry = LogEntry(
            kind: kind, conversation: conversation, from: "alice", device: device, n: 7, data: Array(data.utf8),
            change: change)
        return StreamEntry(id: id(at), fields: StreamFields(entry.fields))
    }

    private func inbox(_ bench: RouterBench, _ user: String) async throws -> [InboxEntry] {
        try InboxPage.reply(
            await bench.redis.execute(InboxPage.command(keys: bench.keys, user: user, after: .zero, count: 100))
        ).map(\.entry)
    }

    @Test(arguments: RoutingWay.allCases)
    func anOutcomeGoesWhereAMessageWouldGoAlsoToTheDeviceThatAsked(_ way: RoutingWay) async throws {
        try await RouterBench.with(way) { bench in
            try await bench.live("e1:x")
            try await bench.live("e2:y")
            try await bench.connect("alice", "e1:x")
            try await bench.connect("bob", "e2:y")
            let change = LogEntry.Change(message: id(1), id: id(2))
            let batch = [
                RouterBench.message(1, chat, from: "alice", "1"),
                entry(2, .edit, chat, LogEntry.Change(message: id(1))), entry(3, .edited, chat, change),
                entry(4, .delete, chat, LogEntry.Change(message: id(1))),
                entry(5, .deleted, chat, LogEntry.Change(message: id(1), id: id(4)), data: ""),
            ]
            try await bench.route(batch)
            try await bench.route(batch)
            for user in ["alice", "bob"] {
                let entries = try await inbox(bench, user)
                #expect(entries.map(\.id) == [id(1), id(2), id(4)])
                #expect(entries.map(\.change) == [nil, .edited(id(1)), .deleted(id(1))])
                #expect(entries.map(\.device) == ["phone", "", ""])
            }
            let told = try await bench.told("e2").flatMap(\.items).compactMap {
                if case .message(let message) = $0 { message } else { nil }
            }
            #expect(told.map(\.change) == [nil, .edited(id(1)), .deleted(id(1))])
            #expect(told.allSatisfy { $0.recipients.map(\.user) == ["bob"] })
            let links = told.flatMap(\.recipients)
            #expect(zip(links, links.dropFirst()).allSatisfy { $0.cursor == $1.previous })
        }
    }

    @Test func aRefusalIsForTheUserWhoAskedAndOverRESTForNobody() async throws {
        try await RouterBench.with { bench in
            let change = LogEntry.Change(message: id(1), id: id(2), code: .notFound)
            try await bench.route([
                entry(3, .refused, chat, change), entry(4, .refused, chat, change, device: ""),
                entry(5, .refused, .group("team"), change), entry(6, .refused, .topic("news"), change),
            ])
            let entries = try await inbox(bench, "alice")
            #expect(entries.map(\.change) == Array(repeating: .refused(id(1), n: 7, .notFound), count: 3))
            #expect(entries.map(\.conversation) == ["dm:alice:bob", "group:team", "topic:news"])
            #expect(entries.allSatisfy { $0.device == "phone" && $0.id == id(2) })
            #expect(try await inbox(bench, "bob").isEmpty)
        }
    }

    @Test func ofATopicItGoesIntoItsLog() async throws {
        try await RouterBench.with { bench in
            let news = Feed(topic: "news")
            try await bench.live("e1:x")
            let interest = ReadFeedScript.Interest(incarnation: "e1:x", loop: 0, lease: .seconds(60))
            func read(_ count: Int) async throws -> [FeedEntry] {
                try ReadFeedScript.reply(
                    await bench.redis.execute(
                        ReadFeedScript.command(
                            keys: bench.keys, feed: news, start: .beginning, interest: interest, count: count))
                ).entries
            }
            _ = try await read(1)
            let now = try await bench.now()
            try await bench.route([
                RouterBench.message(now, news.conversation, from: "alice", "1"),
                entry(now + 2, .edited, news.conversation, LogEntry.Change(message: id(now), id: id(now + 1))),
            ])
            let entries = try await read(10)
            #expect(entries.map(\.change) == [nil, .edited(id(now))])
            #expect(entries.map(\.id) == [id(now), id(now + 1)])
            #expect(entries.map(\.place) == [id(now), id(now + 2)])
            let told = try await bench.told("e1").flatMap(\.items)
            #expect(told == entries.map { .feed(news, $0) })
        }
    }

    @Test func ofAGroupItGoesToWhoIsInItThen() async throws {
        try await RouterBench.with { bench in
            try await bench.group("team", ["alice", "carol"])
            try await bench.route([
                RouterBench.message(2, .group("team"), from: "alice", "1"),
                RouterBench.member(3, "team", #"{"operation":"remove","members":["carol"]}"#),
                RouterBench.member(4, "team", #"{"operation":"add","members":["dave"]}"#),
                entry(6, .edited, .group("team"), LogEntry.Change(message: id(2), id: id(5))),
            ])
            #expect(try await inbox(bench, "alice").map(\.change) == [nil, .edited(id(2))])
            #expect(try await inbox(bench, "carol").map(\.change) == [nil])
            #expect(try await inbox(bench, "dave").map(\.change) == [.edited(id(2))])
        }
    }

    @Test func aMessageKeepsItsAttachments() async throws {
        try await RouterBench.with { bench in
            try await bench.live("e2:y")
            try await bench.connect("bob", "e2:y")
            let entry = LogEntry(
                kind: .message, conversation: chat, from: "alice", device: "", n: 0, data: Array("1".utf8),
                attachments: Array("[2]".utf8))
            try await bench.route([StreamEntry(id: id(1), fields: StreamFields(entry.fields))])
            #expect(try await inbox(bench, "bob").map(\.attachments) == [Array("[2]".utf8)])
            guard case .message(let told)? = try await bench.told("e2").first?.items.first else {
                Issue.record("nothing was told")
                return
            }
            #expect(told.attachments == Array("[2]".utf8))
        }
    }
}
