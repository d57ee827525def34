import Messaging
import Testing

@Suite struct EdgeBatchTests {
    private let batch = EdgeBatch(items: [
        .message(
            .init(
                id: MessageID(milliseconds: 1_700_000_000_000, sequence: 5), conversation: "group:team", from: "alice",
                device: "", data: Array(#"{"text":"hello"}"#.utf8),
                recipients: [
                    .init(user: "bob", cursor: MessageID(milliseconds: 9, sequence: 1), previous: .zero),
                    .init(user: "carol", cursor: .last, previous: MessageID(milliseconds: 8, sequence: 0)),
                ])),
        .message(
            .init(
                id: MessageID(milliseconds: 1_700_000_000_003, sequence: 0), conversation: "group:team", from: "alice",
                device: "", data: Array("2".utf8),
                recipients: [.init(user: "bob", cursor: MessageID(milliseconds: 9, sequence: 2), previous: .zero)],
                change: .edited(MessageID(milliseconds: 1_700_000_000_000, sequence: 5)))),
        .message(
            .init(
                id: MessageID(milliseconds: 1_700_000_000_004, sequence: 0), conversation: "group:team", from: "alice",
                device: "phone", data: Array("2".utf8), recipients: [], attachments: Array("[3]".utf8))),
        .feed(
            Feed(topic: "news"),
            FeedEntry(
                place: .last, previous: .zero, id: MessageID(milliseconds: 4, sequence: 0), from: "alice",
                device: "", data: [], change: .deleted(.zero))),
        .look(user: "dave", cursor: MessageID(milliseconds: 3, sequence: 4)),
        .signal(
            from: "alice", device: "phone", to: "user:bob", at: 1_700_000_000_001, data: Array("1".utf8),
            users: ["bob"]),
        .read(
            conversation: "dm:alice:bob", user: "bob", device: "phone", id: MessageID(milliseconds: 1, sequence: 2),
            users: ["alice", "bob"]),
        .canary(partition: 15, life: "k3x9q2", number: 17),
        .feed(
            Feed(topic: "news"),
            FeedEntry(
                place: MessageID(milliseconds: 1_700_000_000_000, sequence: 7),
                previous: MessageID(milliseconds: 1_600_000_000_000, sequence: 0),
                id: MessageID(milliseconds: 1_500_000_000_000, sequence: 1), from: "alice", device: "phone",
                data: Array("{}".utf8))),
        .feedLook(.all, place: MessageID(milliseconds: 4, sequence: 2)),
        .end(user: "erin", before: 1_700_000_000_002),
        .explain(user: "erin", request: "r1", instance: "presence-1"),
    ])

    @Test func whatIsWrittenIsReadTheSame() throws {
        #expect(try EdgeBatch(decoding: batch.encoded()) == batch)
        #expect(try EdgeBatch(decoding: EdgeBatch().encoded()) == EdgeBatch())
    }

    @Test func aBodyStandsThereOnceHoweverManyItIsFor() throws {
        let body = [UInt8](repeating: 120, count: 1000)
        let recipients = (0..<100).map { EdgeBatch.Recipient(user: "u\($0)", cursor: .zero, previous: .zero) }
        let message = EdgeBatch.Message(
            id: .zero, conversation: "group:g", from: "a", device: "d", data: body, recipients: recipients)
        let batch = EdgeBatch(items: [.message(message)])
        #expect(batch.encoded().count < 2000)
        #expect(try EdgeBatch(decoding: batch.encoded()) == batch)
    }

    @Test func everyTruncationIsRefused() {
        let bytes = batch.encoded()
        var ends: Set<Int> = []
        for count in 0..<bytes.count where (try? EdgeBatch(decoding: Array(bytes[..<count]))) != nil {
            ends.insert(count)
        }
        // Only where an item ends is what is left a batch of its own.
        #expect(ends.count == batch.items.count)
    }

    @Test func noByteThatIsWrongIsFatal() {
        let bytes = batch.encoded()
        for place in bytes.indices {
            for value in [0, 1, 0x7F, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[place] = value
                _ = try? EdgeBatch(decoding: changed)
            }
        }
    }

    @Test func aFeedThatIsNoneIsRefused() {
        let name = Array("dm:a:b".utf8)
        let bytes: [UInt8] = [1, 7, UInt8(name.count + 3), UInt8(name.count)] + name + [0, 0]
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: bytes) }
    }

    @Test func anotherVersionIsRefusedWithTheRemedy() {
        let error = #expect(throws: MessagingError.self) { try EdgeBatch(decoding: [2]) }
        #expect(error?.description.contains("version") == true)
        #expect(error?.description.contains("update") == true)
    }

    @Test func aCountThatIsTooLargeTakesNoMemory() {
        // A version, a read item with empty texts and an id, and 2^63 users.
        let bytes: [UInt8] = [1, 4, 0, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8) + [0x7F]
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: bytes) }
    }

    @Test func aNumberOfMoreThan64BitsIsRefused() {
        let bytes: [UInt8] = [1, 2, 1, 97] + [UInt8](repeating: 0xFF, count: 9) + [0x02, 0]
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: bytes) }
    }

    // MARK: Two versions beside each other

    private let look = EdgeBatch.Item.look(user: "dave", cursor: MessageID(milliseconds: 3, sequence: 4))

    /// What a later version writes: items that are known here, with one between them that is not.
    private func batch(with unknown: [UInt8]) -> [UInt8] {
        let known = EdgeBatch(items: [look]).encoded()
        return known + unknown + known.dropFirst()
    }

    @Test func anItemOfALaterVersionIsPassedOver() throws {
        for kind in [100, 200, 255] as [UInt8] {
            let read = try EdgeBatch(decoding: batch(with: [kind, 3, 1, 2, 3]))
            #expect(read.items == [look, look])
            #expect(read.unknownKinds == [kind])
        }
        let long = try EdgeBatch(
            decoding: batch(with: [200, 0xAC, 0x02] + [UInt8](repeating: 1, count: 300) + [201, 0]))
        #expect(long.items == [look, look])
        #expect(long.unknownKinds == [200, 201])
    }

    @Test func whatALaterVersionAddsAtAnItemsEndIsPassedOver() throws {
        let bytes: [UInt8] = [9, 8, 1, 97, 5, 42, 42, 42, 42, 42]
        let read = try EdgeBatch(decoding: batch(with: bytes))
        #expect(read.items == [look, .end(user: "a", before: 5), look])
        #expect(read.unknownKinds.isEmpty)
    }

    @Test func anItemDoesNotReadBeyondItsEnd() {
        // A user's name of 4 bytes in a body of 3.
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: batch(with: [9, 3, 4, 97, 97])) }
        // A body that is longer than what is left.
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: [1, 200, 0x7F, 1]) }
    }

    @Test func aBareKindThatDoesNotExistIsRefused() {
        #expect(throws: MessagingError.self) { try EdgeBatch(decoding: [1, 0, 0]) }
    }
}
