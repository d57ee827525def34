import Messaging
import Testing

/// What became of messages, in each of the forms it takes on its way.
@Suite struct MessageChangeTests {
    private static let id = MessageID(milliseconds: 5, sequence: 1)

    static let all: [MessageChange] = [.edited(id), .deleted(id), .refused(id, n: 7, .notFound)]

    private func fields(_ parts: String...) -> StreamFields { StreamFields(parts.map { Array($0.utf8) }) }

    @Test(arguments: all)
    func whatIsWrittenIsReadTheSame(_ change: MessageChange) {
        #expect(MessageChange(change.description) == change)
    }

    @Test(arguments: ["", "edited", "edited x", "shouted 5-1", "refused 5-1", "refused 5-1 7 odd", "edited 5-1 6-1"])
    func whatIsNotKnownIsNoErrorAndForNobody(_ text: String) throws {
        let change = MessageChange(text)
        #expect(change == .unknown)
        #expect(!change.isFor(device: "phone", askedBy: "phone"))
        let inbox = try InboxEntry(
            fields: fields(
                "prev", "1-0", "id", "2-0", "conversation", "dm:a:b", "from", "a", "device", "", "data", "1", "change",
                text))
        #expect(inbox.change == .unknown)
        let feed = try FeedEntry(
            place: .last, fields: fields("prev", "1-0", "from", "a", "device", "", "data", "1", "change", text))
        #expect(feed.change == .unknown)
    }

    @Test func aRefusalIsForTheDeviceThatAskedAlone() {
        let refused = MessageChange.refused(Self.id, n: 1, .forbidden)
        #expect(refused.isFor(device: "phone", askedBy: "phone"))
        #expect(!refused.isFor(device: "tablet", askedBy: "phone"))
        #expect(MessageChange.edited(Self.id).isFor(device: "tablet", askedBy: ""))
    }

    @Test func entriesOfInboxesAndFeedsBearItAndWhatAMessageComesWith() throws {
        let inbox = try InboxEntry(
            fields: fields(
                "prev", "1-0", "id", "2-0", "conversation", "dm:a:b", "from", "a", "device", "", "data", "1",
                "attachments", "[2]", "change", "edited 5-1"))
        #expect(inbox.change == .edited(Self.id) && inbox.attachments == Array("[2]".utf8))
        let feed = try FeedEntry(
            place: .last,
            fields: fields(
                "prev", "1-0", "from", "a", "device", "", "data", "1", "id", "9-0", "change", "deleted 5-1"))
        #expect(feed.change == .deleted(Self.id) && feed.id == MessageID(milliseconds: 9, sequence: 0))
        #expect(feed.departure == nil)
    }

    @Test func framesNameTheMessageAndTheChange() {
        func tail(_ change: MessageChange, _ data: String) -> String {
            let message = ServerFrame.Message(
                id: MessageID(milliseconds: 9, sequence: 2), conversation: "dm:a:b", from: "a", data: Array(data.utf8),
                change: change)
            let prefix = ServerFrame.Message.prefix(of: change, cursor: MessageID(milliseconds: 3, sequence: 0))
            return String(decoding: prefix + message.tail, as: UTF8.self)
        }
        #expect(
            tail(.edited(Self.id), "[1]")
                == #"{"type":"edited","cursor":"3-0","id":"5-1","conversation":"dm:a:b","from":"a","at":9,"change":"9-2","data":[1]}"#
        )
        #expect(
            tail(.deleted(Self.id), "")
                == #"{"type":"deleted","cursor":"3-0","id":"5-1","conversation":"dm:a:b","from":"a","at":9,"change":"9-2"}"#
        )
        #expect(
            tail(.refused(Self.id, n: 7, .forbidden), "no \"x\"")
                == #"{"type":"error","cursor":"3-0","id":"5-1","conversation":"dm:a:b","n":7,"code":"forbidden","message":"no \"x\"","change":"9-2"}"#
        )
        let prefix = ServerFrame.Message.prefix(of: .edited(Self.id), cursor: nil)
        #expect(String(decoding: prefix, as: UTF8.self) == #"{"type":"edited","#)
    }

    @Test func aMessageBearsItsAttachments() {
        let message = ServerFrame.Message(
            id: Self.id, conversation: "dm:a:b", from: "a", data: Array("1".utf8), attachments: Array("[2]".utf8))
        #expect(
            String(decoding: message.tail, as: UTF8.self)
                == #""id":"5-1","conversation":"dm:a:b","from":"a","at":5,"data":1,"attachments":[2]}"#)
    }
}
