import Messaging
import Testing

@Suite struct CanaryTests {
    @Test(arguments: [Canary.Origin.edge, .router])
    func whatIsWrittenIsReadTheSame(_ origin: Canary.Origin) throws {
        let canary = Canary(origin: origin, name: "edge-1", life: "k3x9q2", number: 17)
        let entry = try LogEntry(fields: StreamFields(canary.entry.fields))
        #expect(entry.kind == .canary && Canary(entry) == canary)
    }

    @Test(arguments: ["", "edge", "edge ", "edge a b", "moon a"])
    func whatIsNotUnderstoodIsNoCanaryAndNoError(_ data: String) throws {
        var entry = Canary(origin: .edge, name: "edge-1", life: "a", number: 1).entry
        entry.data = Array(data.utf8)
        #expect(Canary(try LogEntry(fields: StreamFields(entry.fields))) == nil)
    }

    @Test func aMessageIsNoCanary() {
        var entry = Canary(origin: .edge, name: "edge-1", life: "a", number: 1).entry
        entry.kind = .message
        #expect(Canary(entry) == nil)
    }
}
