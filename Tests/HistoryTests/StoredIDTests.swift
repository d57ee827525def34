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
}
