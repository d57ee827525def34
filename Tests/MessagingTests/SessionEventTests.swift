import Messaging
import Testing

@Suite struct SessionEventTests {
    private let event = SessionEvent(
        kind: .connect, user: "alice", device: "phone", session: "s1", incarnation: "edge-1:abc", sequence: .max)

    @Test(arguments: [SessionEvent.Kind.connect, .disconnect])
    func whatIsWrittenIsReadTheSame(_ kind: SessionEvent.Kind) throws {
        var event = event
        event.kind = kind
        #expect(try SessionEvent(fields: StreamFields(event.fields)) == event)
    }

    @Test(arguments: [(0, "type"), (5, "sequence")])
    func aBadFieldIsNamed(_ place: Int, _ name: String) {
        var fields = event.fields
        fields[place * 2 + 1] = Array("?".utf8)
        let error = #expect(throws: MessagingError.self) { try SessionEvent(fields: StreamFields(fields)) }
        #expect(error?.description.contains("'\(name)'") == true)
    }
}
