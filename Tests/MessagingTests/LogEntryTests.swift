import Messaging
import Testing

@Suite struct LogEntryTests {
    private let entry = LogEntry(
        kind: .message, conversation: .direct("alice", "bob"), from: "alice", device: "phone", n: 7,
        data: Array(#"{"a": 1.0}"#.utf8))

    @Test(arguments: [LogEntry.Kind.message, .member, .read, .canary])
    func whatIsWrittenIsReadTheSame(_ kind: LogEntry.Kind) throws {
        var entry = entry
        entry.kind = kind
        #expect(try LogEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test(arguments: [
        (LogEntry.Kind.edit, LogEntry.Change(message: .last)),
        (.edit, LogEntry.Change(message: .last, isAdmin: true)), (.delete, LogEntry.Change(message: .zero)),
        (.edited, LogEntry.Change(message: .zero, id: .last)), (.deleted, LogEntry.Change(message: .zero, id: .last)),
        (.refused, LogEntry.Change(message: .zero, id: .last, code: .notFound)),
    ])
    func whatIsSaidOfAChangeIsReadTheSame(_ kind: LogEntry.Kind, _ change: LogEntry.Change) throws {
        var entry = entry
        entry.kind = kind
        entry.change = change
        #expect(try LogEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test func attachmentsStandBehindTheBody() throws {
        var entry = entry
        entry.attachments = Array("[1]".utf8)
        #expect(try LogEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test(arguments: [
        (LogEntry.Kind.edit, nil as LogEntry.Change?, "message"), (.delete, nil, "message"),
        (.edited, LogEntry.Change(message: .last), "change"), (.refused, LogEntry.Change(message: .last), "change"),
    ])
    func aChangeOfNothingIsRefused(_ kind: LogEntry.Kind, _ change: LogEntry.Change?, _ field: String) {
        var entry = entry
        entry.kind = kind
        entry.change = change
        let fields = entry.fields
        let error = #expect(throws: MessagingError.self) { try LogEntry(fields: StreamFields(fields)) }
        #expect(error?.description.contains("'\(field)'") == true)
    }

    @Test func anEntryFromRESTHasNoDeviceAndNoCounter() throws {
        var entry = entry
        entry.device = ""
        entry.n = 0
        #expect(try LogEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test func fieldsStandInOneFixedOrder() {
        let names = stride(from: 0, to: entry.fields.count, by: 2).map {
            String(decoding: entry.fields[$0], as: UTF8.self)
        }
        #expect(names == ["type", "conversation", "from", "device", "n", "data"])
    }

    @Test func theBodyIsKeptByteForByte() throws {
        var entry = entry
        entry.data = Array(0...255)
        #expect(try LogEntry(fields: StreamFields(entry.fields)).data == entry.data)
    }

    @Test(arguments: [
        (0, "type", "shout"), (1, "conversation", "club:x"), (1, "conversation", "dm:b:a"), (2, "from", "a b"),
        (2, "from", ""), (4, "n", "-1"), (4, "n", "one"), (4, "n", ""),
    ])
    func aBadFieldIsNamed(_ place: Int, _ name: String, _ value: String) {
        var fields = entry.fields
        fields[place * 2 + 1] = Array(value.utf8)
        let error = #expect(throws: MessagingError.self) { try LogEntry(fields: StreamFields(fields)) }
        #expect(error?.code == .badEntry)
        #expect(error?.description.contains("'\(name)'") == true)
    }

    @Test(arguments: 0..<6)
    func aMissingFieldIsNamed(_ place: Int) {
        var fields = entry.fields
        let name = String(decoding: fields[place * 2], as: UTF8.self)
        fields.removeSubrange(place * 2...place * 2 + 1)
        let error = #expect(throws: MessagingError.self) { try LogEntry(fields: StreamFields(fields)) }
        #expect(error?.description.contains("'\(name)'") == true)
    }

    @Test func anErrorShowsNothingOfTheEntry() {
        var fields = entry.fields
        fields[3] = Array("club:secret".utf8)
        let error = #expect(throws: MessagingError.self) { try LogEntry(fields: StreamFields(fields)) }
        #expect(error?.description.contains("secret") == false)
    }
}
