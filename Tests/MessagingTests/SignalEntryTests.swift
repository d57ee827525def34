import Messaging
import Testing

@Suite struct SignalEntryTests {
    @Test(arguments: [Destination.user("bob"), .group("team"), .topic("news"), .all])
    func whatIsWrittenIsReadTheSame(_ to: Destination) throws {
        let entry = SignalEntry(from: "alice", device: "phone", to: to, data: Array(#""typing""#.utf8))
        #expect(try SignalEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test func aBadFieldIsNamed() {
        var fields = SignalEntry(from: "alice", device: "phone", to: .all, data: []).fields
        fields[5] = Array("everyone".utf8)
        let error = #expect(throws: MessagingError.self) { try SignalEntry(fields: StreamFields(fields)) }
        #expect(error?.description.contains("'to'") == true)
    }
}
