import Messaging
import Testing

@Suite struct InboxEntryTests {
    private let entry = InboxEntry(
        previous: MessageID(milliseconds: 1, sequence: 0), id: MessageID(milliseconds: 2, sequence: 3),
        conversation: "dm:alice:bob", from: "alice", device: "phone", data: Array("1".utf8))

    private func fields(_ changes: [String: String] = [:]) -> [[UInt8]] {
        let values = [
            ("prev", "1-0"), ("id", "2-3"), ("conversation", "dm:alice:bob"), ("from", "alice"), ("device", "phone"),
            ("data", "1"),
        ]
        return values.flatMap { name, value in [Array(name.utf8), Array((changes[name] ?? value).utf8)] }
    }

    @Test func fieldsAreRead() throws {
        #expect(try InboxEntry(fields: StreamFields(fields())) == entry)
    }

    @Test(arguments: ["prev", "id"])
    func aBadIdIsNamed(_ name: String) {
        let error = #expect(throws: MessagingError.self) {
            try InboxEntry(fields: StreamFields(fields([name: "yesterday"])))
        }
        #expect(error?.description.contains("'\(name)'") == true)
    }

    @Test(arguments: 0..<6)
    func aMissingFieldIsNamed(_ place: Int) {
        var fields = fields()
        let name = String(decoding: fields[place * 2], as: UTF8.self)
        fields.removeSubrange(place * 2...place * 2 + 1)
        let error = #expect(throws: MessagingError.self) { try InboxEntry(fields: StreamFields(fields)) }
        #expect(error?.description.contains("'\(name)'") == true)
    }
}
