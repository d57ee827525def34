import Messaging
import Testing

@testable import TestStack

struct RecordEventTests {
    @Test func anEventIsReadAsItWasWritten() throws {
        var event = RecordEvent(.delivered, device: 77)
        event.flags = [.wrongSender]
        event.code = 4001
        event.time = 1 << 40
        event.conversation = .direct(5, 3)
        event.session = 9
        event.n = 12
        event.id = MessageID(milliseconds: 1_800_000_000_000, sequence: 41)
        event.cursor = MessageID(milliseconds: 1_800_000_000_001, sequence: 7)
        event.sender = 78
        event.hash = .max
        var bytes: [UInt8] = [1, 2, 3]
        event.write(to: &bytes)
        #expect(bytes.count == 3 + RecordEvent.size)
        #expect(try #require(RecordEvent(bytes, at: 3)) == event)
    }

    @Test func bytesThatAreNoEventAreTold() {
        #expect(RecordEvent([UInt8](repeating: 0, count: RecordEvent.size), at: 0) == nil)
        #expect(RecordEvent([UInt8](repeating: 1, count: RecordEvent.size - 1), at: 0) == nil)
    }

    @Test func theNamesOfARunAreToldFromOthers() {
        let names = AuditNames(AuditPlan { $0.name = "run" })
        for key in [ConversationKey.direct(2, 10), .direct(10, 2), .group(3)] {
            #expect(names.conversation(named: Array(names.conversation(key).utf8)[...]) == key)
        }
        #expect(names.user(named: "run-u12".utf8) == 12)
        #expect(names.user(named: "other-u12".utf8) == nil)
        #expect(names.conversation(named: Array("group:other-g3".utf8)[...]).parts == .other)
    }
}
