import Messaging
import Testing

@Suite struct FeedEntryTests {
    private let place = MessageID(milliseconds: 9, sequence: 1)

    private func fields(_ parts: String...) -> StreamFields { StreamFields(parts.map { Array($0.utf8) }) }

    @Test func readsAMessageWhosePlaceIsItsId() throws {
        let entry = try FeedEntry(
            place: place, fields: fields("prev", "8-0", "from", "alice", "device", "phone", "data", "{}"))
        #expect(
            entry
                == FeedEntry(
                    place: place, previous: MessageID(milliseconds: 8, sequence: 0), from: "alice", device: "phone",
                    data: Array("{}".utf8)))
        #expect(entry.id == place)
    }

    @Test func readsTheIdOfAReplayedMessage() throws {
        let entry = try FeedEntry(
            place: place, fields: fields("prev", "8-0", "from", "a", "device", "", "data", "1", "id", "3-1"))
        #expect(entry.id == MessageID(milliseconds: 3, sequence: 1))
        #expect(entry.place == place)
    }

    @Test(arguments: ["prev", "from", "device", "data"])
    func namesTheFieldThatIsMissing(_ name: String) {
        let names = ["prev", "from", "device", "data"].filter { $0 != name }
        let parts = names.flatMap { [$0, "8-0"] }.map { Array($0.utf8) }
        let error = #expect(throws: MessagingError.self) {
            try FeedEntry(place: place, fields: StreamFields(parts))
        }
        #expect(error?.description.contains("'\(name)'") == true)
    }

    @Test func namesAnIdThatIsNone() {
        let error = #expect(throws: MessagingError.self) {
            try FeedEntry(
                place: place, fields: fields("prev", "8-0", "from", "a", "device", "", "data", "1", "id", "x"))
        }
        #expect(error?.description.contains("'id'") == true)
    }

    @Test func onlyATopicIsAFeed() {
        #expect(Feed("topic:news") == Feed(topic: "news"))
        #expect(Feed("topic:news")?.topic == "news")
        #expect(Feed("dm:a:b") == nil)
        #expect(Feed("topic:") == nil)
        #expect(Feed.all.description == "topic:all")
    }
}
