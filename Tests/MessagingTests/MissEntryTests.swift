import Messaging
import Testing

@Suite struct MissEntryTests {
    @Test func whatIsWrittenIsReadTheSame() {
        let entry = MissEntry(users: ["alice", "b@c.example"], edge: "edge-1")
        #expect(MissEntry(fields: StreamFields(entry.fields)) == entry)
    }

    @Test func aSignalIsNoneAndWhatIsNoIdIsLeftOut() {
        let signal = SignalEntry(from: "alice", device: "phone", to: .user("bob"), data: [0x31])
        #expect(MissEntry(fields: StreamFields(signal.fields)) == nil)
        #expect(MissEntry(fields: StreamFields([])) == nil)
        let odd = MissEntry(users: ["alice", "}{u:bob}", "carol"], edge: "e1")
        #expect(MissEntry(fields: StreamFields(odd.fields))?.users == ["alice", "carol"])
        let many = MissEntry(users: (0..<5000).map { "u\($0)" }, edge: "e1")
        #expect(MissEntry(fields: StreamFields(many.fields))?.users.count == MissEntry.limit)
    }
}
