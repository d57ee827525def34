import Messaging
import Testing

@testable import STOMP

@Suite struct AcknowledgementLedgerTests {
    private func id(_ n: UInt64) -> MessageID { MessageID(milliseconds: n, sequence: 0) }

    /// A ledger with these cursors delivered to the subscriptions given, all of which owe.
    private func ledger(_ cursors: ClosedRange<UInt64>, owing: [UInt64] = [1]) -> AcknowledgementLedger {
        var ledger = AcknowledgementLedger()
        for n in cursors { _ = ledger.deliver(id(n), id(n + 100), to: owing, owing: owing) }
        return ledger
    }

    @Test func whatNobodyOwesMovesTheCursorAtOnce() {
        var ledger = AcknowledgementLedger()
        #expect(ledger.deliver(id(1), id(101), to: [1], owing: []) == id(1))
        #expect(ledger.count == 0)
    }

    @Test func aCumulativeAcknowledgementCoversAllBefore() {
        var ledger = ledger(1...5)
        #expect(ledger.acknowledge(id(3), by: 1, isCumulative: true) == id(3))
        #expect(ledger.acknowledge(id(3), by: 1, isCumulative: true) == nil)
        #expect(ledger.acknowledge(id(5), by: 1, isCumulative: true) == id(5))
        #expect(ledger.count == 0)
    }

    @Test func singleAcknowledgementsMoveTheCursorOverWhatIsWhole() {
        var ledger = ledger(1...4)
        #expect(ledger.acknowledge(id(2), by: 1, isCumulative: false) == nil)
        #expect(ledger.acknowledge(id(4), by: 1, isCumulative: false) == nil)
        #expect(ledger.acknowledge(id(1), by: 1, isCumulative: false) == id(2))
        #expect(ledger.acknowledge(id(3), by: 1, isCumulative: false) == id(4))
    }

    @Test func theCursorWaitsForEverySubscription() {
        var ledger = ledger(1...2, owing: [1, 2])
        #expect(ledger.acknowledge(id(2), by: 1, isCumulative: true) == nil)
        #expect(ledger.acknowledge(id(1), by: 2, isCumulative: false) == id(1))
        #expect(ledger.acknowledge(id(2), by: 2, isCumulative: false) == id(2))
    }

    @Test func whatIsOwedByNobodyWaitsBehindWhatIs() {
        var ledger = ledger(1...1)
        #expect(ledger.deliver(id(2), id(102), to: [2], owing: []) == nil)
        #expect(ledger.acknowledge(id(1), by: 1, isCumulative: false) == id(2))
    }

    @Test func aCumulativeAcknowledgementPassesOverWhatWasRefused() {
        var ledger = ledger(1...3)
        ledger.refuse(id(2), by: 1, isCumulative: false)
        #expect(ledger.acknowledge(id(3), by: 1, isCumulative: true) == id(1))
        #expect(ledger.acknowledge(id(2), by: 1, isCumulative: true) == id(3))
    }

    @Test func aCumulativeRefusalLeavesWhatIsAcknowledged() {
        var ledger = ledger(1...3)
        #expect(ledger.acknowledge(id(1), by: 1, isCumulative: true) == id(1))
        ledger.refuse(id(2), by: 1, isCumulative: true)
        #expect(ledger.acknowledge(id(3), by: 1, isCumulative: true) == nil)
        #expect(ledger.count == 2)
    }

    @Test func whatAnotherHasTooIsNotHeldByTheOneThatLeaves() {
        var ledger = ledger(1...2, owing: [1, 2])
        #expect(ledger.acknowledge(id(2), by: 2, isCumulative: true) == nil)
        #expect(ledger.forget(1) == id(2))
    }

    @Test func whatOnlyTheOneThatLeavesHadStaysUnacknowledged() {
        var ledger = ledger(1...1, owing: [1])
        _ = ledger.deliver(id(2), id(102), to: [1, 2], owing: [1])
        #expect(ledger.forget(1) == nil)
        #expect(ledger.acknowledge(id(2), by: 2, isCumulative: true) == nil)
        #expect(ledger.count == 2)
    }

    @Test func ofTwoMessagesWithOneIdTheFirstOwedIsMeant() {
        var ledger = AcknowledgementLedger()
        _ = ledger.deliver(id(1), id(100), to: [1], owing: [1])
        _ = ledger.deliver(id(2), id(100), to: [1], owing: [1])
        #expect(ledger.cursor(ofMessage: id(100), owedBy: 1)?.cursor == id(1))
        _ = ledger.acknowledge(id(1), by: 1, isCumulative: false)
        #expect(ledger.cursor(ofMessage: id(100), owedBy: nil)?.cursor == id(2))
        #expect(ledger.cursor(ofMessage: id(100), owedBy: 9) == nil)
    }

    /// Any order of acknowledgements moves the cursor exactly as far as everything before is acknowledged.
    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func theCursorIsTheEndOfTheUnbrokenRow(_ seed: UInt64) {
        var random = seed &* 0x9e37_79b9_7f4a_7c15
        func next(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        var ledger = ledger(1...30, owing: [1, 2])
        var left: [(UInt64, UInt64)] = (1...30).flatMap { [($0, 1), ($0, 2)] }
        var cursor: UInt64 = 0
        while !left.isEmpty {
            let (n, subscription) = left.remove(at: next(left.count))
            let moved = ledger.acknowledge(id(n), by: subscription, isCumulative: false)
            cursor = moved?.milliseconds ?? cursor
            #expect(cursor == (left.map(\.0).min() ?? 31) - 1)
        }
    }

    @Test func whatHasNoCursorIsKeptAsLongAsSomethingBeforeItIsOwedAndNotWithoutEnd() {
        var ledger = AcknowledgementLedger()
        ledger.pass(id(9), limit: 2)
        #expect(ledger.cursor(beforeGuest: id(9)) == nil, "nothing is owed")
        for n in 1...2 as ClosedRange<UInt64> { _ = ledger.deliver(id(n), id(n + 100), to: [1], owing: [1]) }
        for n in 11...13 as ClosedRange<UInt64> { ledger.pass(id(n), limit: 2) }
        #expect((11...13).map { ledger.cursor(beforeGuest: id($0)) } == [nil, id(2), id(2)])
        #expect(ledger.acknowledge(id(1), by: 1, isCumulative: true) == id(1))
        #expect(ledger.cursor(beforeGuest: id(13)) == id(2))
        #expect(ledger.acknowledge(id(2), by: 1, isCumulative: true, isBehind: true) == id(2))
        #expect(ledger.cursor(beforeGuest: id(13)) == nil)
    }
}
