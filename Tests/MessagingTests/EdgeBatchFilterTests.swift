import Testing

@testable import Messaging

/// Batches of which most is for others.
@Suite struct EdgeBatchFilterTests {
    private static func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private let batch = EdgeBatch(items: [
        .message(
            .init(
                id: id(1), conversation: "group:team", from: "alice", device: "", data: Array("1".utf8),
                recipients: [
                    .init(user: "bob", cursor: id(2), previous: id(1)),
                    .init(user: "carol", cursor: id(3), previous: .zero),
                ])),
        .look(user: "dave", cursor: id(4)),
        .signal(
            from: "alice", device: "phone", to: "group:team", at: 5, data: Array("5".utf8), users: ["bob", "carol"]),
        .read(conversation: "dm:alice:bob", user: "bob", device: "phone", id: id(6), users: ["alice", "bob"]),
        .canary(partition: 15, life: "k3x9q2", number: 17),
    ])

    private func read(_ bytes: [UInt8], _ users: Set<String>) throws -> (EdgeBatch, count: Int, absent: [String]) {
        let here = Set(users.map { EdgeBatch.fingerprint(of: $0) })
        var read = EdgeBatch()
        var absent: [String]? = []
        let count = try read.read(bytes, where: here.contains, absent: &absent)
        return (read, count, absent ?? [])
    }

    @Test func whereEverybodyIsHereItIsTheSame() throws {
        let (read, count, absent) = try read(batch.encoded(), ["alice", "bob", "carol", "dave"])
        #expect(read == batch)
        #expect(count == 5 && absent.isEmpty)
    }

    @Test func onlyThoseWhoAreHereAreLeftAndTheOthersAreNamed() throws {
        let (read, count, absent) = try read(batch.encoded(), ["carol"])
        guard read.items.count == 3, case .message(let message) = read.items[0],
            case .signal(_, _, "group:team", 5, let data, let users) = read.items[1]
        else {
            Issue.record("\(read.items)")
            return
        }
        #expect(message.recipients == [.init(user: "carol", cursor: Self.id(3), previous: .zero)])
        #expect(message.conversation == "group:team" && message.data == Array("1".utf8) && message.from == "alice")
        #expect(users == ["carol"] && data == Array("5".utf8))
        #expect(read.items[2] == batch.items[4], "a canary is for the edge itself")
        #expect(count == 5)
        #expect(absent == ["bob", "dave", "bob", "alice", "bob"])
    }

    @Test func whatBecameOfAMessageIsForWhoIsHere() throws {
        let batch = EdgeBatch(items: [
            .message(
                .init(
                    id: Self.id(1), conversation: "group:team", from: "alice", device: "", data: Array("1".utf8),
                    recipients: [
                        .init(user: "bob", cursor: Self.id(2), previous: Self.id(1)),
                        .init(user: "carol", cursor: Self.id(3), previous: .zero),
                    ], attachments: Array("[1]".utf8), change: .edited(Self.id(9)))),
            .look(user: "carol", cursor: Self.id(4)),
        ])
        let (read, count, absent) = try read(batch.encoded(), ["carol"])
        guard case .message(let message) = read.items.first else {
            Issue.record("\(read.items)")
            return
        }
        #expect(message.recipients == [.init(user: "carol", cursor: Self.id(3), previous: .zero)])
        #expect(message.change == .edited(Self.id(9)) && message.attachments == Array("[1]".utf8))
        #expect(count == 2 && read.items.count == 2 && absent == ["bob"])
        #expect(try self.read(batch.encoded(), ["dave"]).0.items.isEmpty)
    }

    @Test func whatIsForAFeedIsForWhoeverHearsIt() throws {
        let batch = EdgeBatch(items: [
            .feed(
                Feed(topic: "news"),
                FeedEntry(place: Self.id(2), previous: Self.id(1), from: "bob", device: "", data: Array("1".utf8))),
            .feedLook(.all, place: Self.id(3)),
            .signal(from: "bob", device: "", to: "topic:news", at: 5, data: Array("5".utf8), users: []),
        ])
        let (read, count, absent) = try read(batch.encoded(), [])
        #expect(read == batch)
        #expect(count == 3 && absent.isEmpty)
    }

    @Test func whoIsNotAskedForIsNotNamed() throws {
        var read = EdgeBatch()
        var absent: [String]?
        let count = try read.read(batch.encoded(), where: { _ in false }, absent: &absent)
        #expect(absent == nil && count == 5)
        #expect(read.items == [batch.items[4]])
    }

    @Test func everyTruncationIsRefusedAndNoByteIsFatal() {
        let bytes = batch.encoded()
        var ends = 0
        for count in 0..<bytes.count where (try? read(Array(bytes[..<count]), ["bob"])) != nil { ends += 1 }
        #expect(ends == batch.items.count)
        for place in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[place] = value
                for users in [[], ["bob"], ["alice", "bob", "carol", "dave"]] as [Set<String>] {
                    _ = try? read(changed, users)
                }
            }
        }
    }

    @Test func whatIsReadWithoutAFilterIsReadWithOne() throws {
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let users = (0..<Int.random(in: 0...12, using: &random)).map { "user-\($0)-\(UInt8.random(in: 0...255))" }
            let here = Set(users.filter { _ in Bool.random() })
            let message = EdgeBatch.Message(
                id: Self.id(1), conversation: "group:g", from: "a", device: "d", data: [1, 2],
                recipients: users.map { .init(user: $0, cursor: Self.id(2), previous: Self.id(1)) })
            let items: [EdgeBatch.Item] =
                [.message(message)] + users.map { .look(user: $0, cursor: Self.id(9)) }
            let (read, count, absent) = try read(EdgeBatch(items: items).encoded(), here)
            var expected: [EdgeBatch.Item] = []
            var left = message
            left.recipients = message.recipients.filter { here.contains($0.user) }
            if !left.recipients.isEmpty { expected.append(.message(left)) }
            expected += users.filter(here.contains).map { .look(user: $0, cursor: Self.id(9)) }
            #expect(read.items == expected && count == items.count)
            #expect(absent == users.filter { !here.contains($0) } + users.filter { !here.contains($0) })
        }
    }
}
