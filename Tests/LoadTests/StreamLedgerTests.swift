import Testing

@testable import LoadTest

@Suite struct StreamLedgerTests {
    @Test func messagesInOrderAreJustThat() {
        var ledger = StreamLedger()
        for number in 1...5 as ClosedRange<UInt32> { #expect(ledger.note(number, of: 7, for: 1) == .next) }
        #expect(ledger.delivered == 5 && ledger.repeated == 0 && ledger.disordered == 0)
        #expect(ledger.lost(of: 7, sent: 5, for: 1) == 0)
    }

    @Test func aMissingOneIsLostUntilItComesAndThenOutOfOrder() {
        var ledger = StreamLedger()
        _ = ledger.note(1, of: 7, for: 1)
        #expect(ledger.note(4, of: 7, for: 1) == .skipping)
        #expect(ledger.lost(of: 7, sent: 4, for: 1) == 2)
        #expect(ledger.note(2, of: 7, for: 1) == .late)
        #expect(ledger.lost(of: 7, sent: 4, for: 1) == 1 && ledger.disordered == 1 && ledger.delivered == 3)
    }

    @Test func whatComesTwiceIsRepeatedAndNotDeliveredAgain() {
        var ledger = StreamLedger()
        _ = ledger.note(1, of: 7, for: 1)
        _ = ledger.note(3, of: 7, for: 1)
        #expect(ledger.note(3, of: 7, for: 1) == .repeated)
        #expect(ledger.note(1, of: 7, for: 1) == .repeated)
        // Late once, and then it has been there.
        #expect(ledger.note(2, of: 7, for: 1) == .late && ledger.note(2, of: 7, for: 1) == .repeated)
        #expect(ledger.repeated == 3 && ledger.delivered == 3)
    }

    @Test func whatNeverCameToSomebodyIsLostAltogether() {
        var ledger = StreamLedger()
        _ = ledger.note(1, of: 7, for: 1)
        #expect(ledger.lost(of: 7, sent: 3, for: 2) == 3)
        #expect(ledger.lost(of: 8, sent: 3, for: 1) == 3)
        #expect(ledger.lost(of: 7, sent: 3, for: 1) == 2)
    }

    @Test func streamsAndRecipientsAreJudgedApart() {
        var ledger = StreamLedger()
        #expect(ledger.note(1, of: 1, for: 1) == .next && ledger.note(1, of: 2, for: 1) == .next)
        #expect(ledger.note(1, of: 1, for: 2) == .next)
        #expect(ledger.repeated == 0)
    }

    @Test func whatWasRefusedNeedNotComeAndMay() {
        var ledger = StreamLedger()
        _ = ledger.note(1, of: 7, for: 1)
        _ = ledger.note(4, of: 7, for: 1)
        #expect(ledger.lost(of: 7, sent: 6, withdrawn: [2, 3, 5, 6], for: 1) == 0)
        #expect(ledger.lost(of: 7, sent: 6, withdrawn: [2, 6], for: 1) == 2)
        #expect(ledger.lost(of: 7, sent: 6, withdrawn: [1, 4], for: 1) == 4)
        #expect(ledger.lost(of: 7, sent: 6, withdrawn: [1, 2, 3, 4, 5, 6], for: 2) == 0)
    }
}
