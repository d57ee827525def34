import Messaging
import Testing

@testable import History

@Suite struct StoredIDTests {
    @Test func anIdThatFitsComesBack() {
        let id = MessageID(milliseconds: 1_793_500_000_000, sequence: 7)
        #expect(StoredID(id)?.id == id)
    }

    @Test func oneThatDoesNotFitIsRefusedAndClampedAsABound() {
        let id = MessageID(milliseconds: 5, sequence: 1 << 40)
        #expect(StoredID(id) == nil)
        #expect(StoredID(clamping: id) == StoredID(ms: 5, seq: .max))
        #expect(StoredID(clamping: .last) == .last)
    }

    @Test func eachIdHasOneNextToItOnBothSides() {
        for id in [StoredID(ms: 5, seq: 0), StoredID(ms: 5, seq: 7), StoredID(ms: 5, seq: .max), .zero] {
            #expect(id.successor > id)
            #expect(id.successor.predecessor == id)
        }
        #expect(StoredID.zero.predecessor == .zero)
        #expect(StoredID.last.successor == .last)
    }
}
