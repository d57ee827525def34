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

    /// The same in the form of one field.
    private func packed(_ message: String, _ more: String...) -> StreamFields {
        StreamFields((["prev", "1-0", "message", message] + more).map { Array($0.utf8) })
    }

    @Test func aMessageThatIsOneFieldIsReadTheSame() throws {
        #expect(try InboxEntry(fields: packed("2-3 dm:alice:bob alice phone\n1")) == entry)
    }

    @Test(arguments: ["phone", ""], ["1", "", "{\n \"a\": \"b c\"\n}", "2-3 dm:x:y x y\n\n"])
    func whatIsWrittenAsOneFieldIsReadTheSame(_ device: String, _ data: String) throws {
        var entry = entry
        entry.device = device
        entry.data = Array(data.utf8)
        let message = InboxEntry.message(
            id: entry.id, conversation: entry.conversation, from: entry.from, device: device, data: entry.data)
        let fields = StreamFields([Array("prev".utf8), Array("1-0".utf8), Array("message".utf8), message])
        #expect(try InboxEntry(fields: fields) == entry)
    }

    @Test func whatMostMessagesDoNotHaveStandsBehindTheOneField() throws {
        let fields = packed("2-3 dm:alice:bob alice phone\n1", "attachments", "[2]", "change", "edited 5-1")
        let found = try InboxEntry(fields: fields)
        #expect(found.attachments == Array("[2]".utf8))
        #expect(found.change == .edited(MessageID(milliseconds: 5, sequence: 1)))
    }

    @Test(arguments: [
        "", "\n", "\n1", "2-3 dm:alice:bob alice phone", "2-3 dm:alice:bob alice\n1", "x dm:alice:bob alice phone\n1",
        "2-3 dm:alice:bob alice phone more\n1", " 2-3 dm:alice:bob alice phone\n1",
    ])
    func aFieldOfAnotherFormIsNamed(_ message: String) {
        let error = #expect(throws: MessagingError.self) { try InboxEntry(fields: packed(message)) }
        #expect(error?.description.contains("'message'") == true)
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
