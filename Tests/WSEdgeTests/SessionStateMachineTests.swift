import Messaging
import Testing

@testable import WSEdge

@Suite struct SessionStateMachineTests {
    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    private func live(at start: UInt64 = 5) -> SessionStateMachine {
        var machine = SessionStateMachine()
        machine.registered(start: id(start), last: id(start), first: nil)
        #expect(machine.pageEnded(isFull: false) == .none)
        return machine
    }

    // MARK: Chance

    @Test func everyMessageComesOnceAndInOrderWhateverHappensToTheHints() {
        for seed in 0..<3000 as Range<UInt64> {
            var model = InboxModel(seed: seed)
            for _ in 0..<200 { model.step() }
            model.settle()
            let expected = model.appended.filter { !$0.isOwn && $0.cursor > model.start }.map(\.cursor)
            #expect(model.delivered == expected, "seed \(seed)")
            #expect(model.gaps.isEmpty, "seed \(seed)")
            model.acknowledgeAll()
            #expect(model.held.isEmpty, "seed \(seed): the own messages at the end are acknowledged too")
        }
    }

    @Test func whoListensOnlyAtTimesGetsTheSame() {
        for seed in 0..<3000 as Range<UInt64> {
            var model = InboxModel(seed: seed, holds: true)
            for _ in 0..<300 { model.step() }
            model.settle()
            let expected = model.appended.filter { !$0.isOwn && $0.cursor > model.start }.map(\.cursor)
            #expect(model.delivered == expected, "seed \(seed)")
            #expect(model.gaps.isEmpty, "seed \(seed)")
            model.acknowledgeAll()
            #expect(model.held.isEmpty, "seed \(seed)")
        }
    }

    @Test func whatTheInboxLostIsSaidToBeMissing() {
        for seed in 0..<3000 as Range<UInt64> {
            var model = InboxModel(seed: seed)
            model.allowsTrimming = true
            for _ in 0..<200 { model.step() }
            model.settle()
            #expect(model.delivered == model.delivered.sorted(), "seed \(seed)")
            #expect(Set(model.delivered).count == model.delivered.count, "seed \(seed)")
            let got = Set(model.delivered)
            for missed in model.appended
            where !missed.isOwn && missed.cursor > model.start && !got.contains(missed.cursor) {
                // A gap covers what is between its start and the next thing that was delivered.
                let next = model.delivered.first { $0 > missed.cursor } ?? .last
                let before = model.delivered.last { $0 < missed.cursor } ?? model.start
                #expect(
                    model.gaps.contains { $0 >= before && $0 < missed.cursor && $0 < next },
                    "seed \(seed): \(missed.cursor)")
            }
        }
    }

    // MARK: Hints

    @Test func aHintThatContinuesIsDelivered() {
        var machine = live()
        #expect(machine.hint(cursor: id(7), previous: id(5), isOwn: false) == .deliver)
        #expect(machine.hint(cursor: id(8), previous: id(7), isOwn: false) == .deliver)
        #expect(machine.sent == id(8))
    }

    @Test func aRepeatedHintDoesNothing() {
        var machine = live()
        #expect(machine.hint(cursor: id(7), previous: id(5), isOwn: false) == .deliver)
        #expect(machine.hint(cursor: id(7), previous: id(5), isOwn: false) == .none)
    }

    @Test func aHintAfterALostOneMakesItReadOnce() {
        var machine = live()
        #expect(machine.hint(cursor: id(8), previous: id(7), isOwn: false) == .read(after: id(5)))
        #expect(machine.hint(cursor: id(9), previous: id(8), isOwn: false) == .none)
        #expect(machine.entry(cursor: id(7), previous: id(5), isOwn: false) == .deliver)
        #expect(machine.entry(cursor: id(8), previous: id(7), isOwn: false) == .deliver)
        // The page was read before 9 was appended, so it is read again.
        #expect(machine.pageEnded(isFull: false) == .read(after: id(8)))
    }

    @Test func hintsThatComeBeforeRegistrationIsAnsweredAreNoted() {
        var machine = SessionStateMachine()
        #expect(machine.hint(cursor: id(7), previous: id(5), isOwn: false) == .none)
        machine.registered(start: id(5), last: id(5), first: nil)
        #expect(machine.pageEnded(isFull: false) == .read(after: id(5)))
    }

    @Test func ownMessagesArePassedOverAndTheChainMovesOn() {
        var machine = live()
        #expect(machine.hint(cursor: id(7), previous: id(5), isOwn: true) == .none)
        #expect(machine.hint(cursor: id(8), previous: id(7), isOwn: false) == .deliver)
    }

    @Test func aFullPageIsFollowedByTheNext() {
        var machine = SessionStateMachine()
        machine.registered(start: id(0), last: id(9), first: nil)
        #expect(machine.entry(cursor: id(3), previous: id(0), isOwn: false) == .deliver)
        #expect(machine.pageEnded(isFull: true) == .read(after: id(3)))
    }

    @Test func aPageThatCouldNotBeReadIsTriedAgain() {
        var machine = live()
        #expect(machine.look(id(9)) == .read(after: id(5)))
        #expect(machine.retry() == .none)
        machine.pageFailed()
        #expect(machine.retry() == .read(after: id(5)))
    }

    // MARK: Gaps

    @Test func aFirstEntryThatDoesNotContinueIsAGap() {
        var machine = SessionStateMachine()
        machine.registered(start: id(2), last: id(9), first: nil)
        #expect(machine.entry(cursor: id(8), previous: id(7), isOwn: false) == .gapThenDeliver(after: id(2)))
        #expect(machine.entry(cursor: id(9), previous: id(8), isOwn: false) == .deliver)
        #expect(machine.pageEnded(isFull: false) == .none)
    }

    @Test func anInboxThatIsEmptyButWentOnIsAGap() {
        var machine = SessionStateMachine()
        machine.registered(start: id(2), last: id(9), first: nil)
        #expect(machine.pageEnded(isFull: false) == .gap(after: id(2)))
        #expect(machine.sent == id(9))
    }

    @Test func whoTakesAllThatIsHeldHasNoGap() {
        var machine = SessionStateMachine()
        machine.registered(start: .zero, last: id(9), first: id(7))
        #expect(machine.entry(cursor: id(8), previous: id(7), isOwn: false) == .deliver)
        #expect(machine.entry(cursor: id(9), previous: id(8), isOwn: false) == .deliver)
        #expect(machine.pageEnded(isFull: false) == .none)
    }

    // MARK: Room

    @Test func aSlowSocketLeavesTheRestInTheInbox() {
        var machine = SessionStateMachine()
        machine.registered(start: id(0), last: id(9), first: nil)
        #expect(machine.entry(cursor: id(3), previous: id(0), isOwn: false) == .deliver)
        #expect(machine.pageEnded(isFull: true, left: id(4)) == .none)
        #expect(machine.hint(cursor: id(10), previous: id(9), isOwn: false) == .none)
        #expect(machine.drained() == .read(after: id(3)))
    }

    // MARK: Acknowledgements

    @Test func whatWasNeverSentCannotBeAcknowledged() {
        var machine = live()
        #expect(machine.acknowledge(id(6)) == false)
        #expect(machine.acknowledge(id(5)) == true)
        #expect(machine.acknowledge(id(1)) == true)
        #expect(machine.takeAcknowledgement() == nil)
    }

    @Test func acknowledgingAllThatWasSentCoversOwnMessagesAfterIt() {
        var machine = live()
        _ = machine.hint(cursor: id(6), previous: id(5), isOwn: false)
        _ = machine.hint(cursor: id(7), previous: id(6), isOwn: true)
        #expect(machine.takeAcknowledgement() == nil)
        #expect(machine.acknowledge(id(6)) == true)
        #expect(machine.hasAcknowledgement)
        #expect(machine.takeAcknowledgement() == id(7))
        #expect(machine.takeAcknowledgement() == nil)
    }

    @Test func aPureSendersInboxIsAcknowledgedNowAndThen() {
        var machine = live()
        for number in 6..<69 as Range<UInt64> {
            _ = machine.hint(cursor: id(number), previous: id(number - 1), isOwn: true)
            #expect(!machine.hasAcknowledgement)
        }
        _ = machine.hint(cursor: id(69), previous: id(68), isOwn: true)
        #expect(machine.hasAcknowledgement)
        #expect(machine.takeAcknowledgement() == id(69))
    }

    @Test func aFailedAcknowledgementIsRepeated() {
        var machine = live()
        _ = machine.hint(cursor: id(6), previous: id(5), isOwn: false)
        _ = machine.acknowledge(id(6))
        #expect(machine.takeAcknowledgement() == id(6))
        machine.acknowledgementFailed()
        #expect(machine.takeAcknowledgement() == id(6))
    }

    // MARK: Incarnations

    @Test func aSessionRegisteredAgainGoesOnWhereItWas() {
        var machine = live()
        _ = machine.hint(cursor: id(6), previous: id(5), isOwn: false)
        #expect(machine.lapsed() == true)
        #expect(machine.lapsed() == false)
        #expect(machine.standing == id(5), "what was sent may be lost on its way; only what was acknowledged counts")
        #expect(machine.hint(cursor: id(7), previous: id(6), isOwn: false) == .none)
        machine.registered(start: id(5), last: id(8), first: nil)
        #expect(machine.entry(cursor: id(6), previous: id(5), isOwn: false) == .none)
        #expect(machine.entry(cursor: id(7), previous: id(6), isOwn: false) == .deliver)
        #expect(machine.entry(cursor: id(8), previous: id(7), isOwn: false) == .deliver)
        #expect(machine.pageEnded(isFull: false) == .none)
    }
}
