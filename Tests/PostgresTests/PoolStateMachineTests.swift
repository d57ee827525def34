import Testing

@testable import Postgres

@Suite struct PoolStateMachineTests {
    @Test func connectionsAreMadeUpToTheSizeAndUsedAgain() {
        var machine = PoolStateMachine(size: 2, waitersAllowed: 1)
        #expect(machine.lease(for: 1) == .make(0))
        #expect(machine.lease(for: 2) == .make(1))
        #expect(machine.release(0) == .keep)
        #expect(machine.lease(for: 3) == .use(0))
        #expect(machine.leased == 2)
    }

    @Test func waitersAreServedInTheirOrder() {
        var machine = PoolStateMachine(size: 1, waitersAllowed: 2)
        #expect(machine.lease(for: 1) == .make(0))
        #expect(machine.lease(for: 2) == .wait)
        #expect(machine.lease(for: 3) == .wait)
        #expect(machine.lease(for: 4) == .refuse(.overloaded))
        #expect(machine.release(0) == .hand(0, to: 2))
        #expect(machine.release(0) == .hand(0, to: 3))
        #expect(machine.release(0) == .keep)
    }

    @Test func aWaiterThatGaveUpIsNotServed() {
        var machine = PoolStateMachine(size: 1, waitersAllowed: 2)
        #expect(machine.lease(for: 1) == .make(0))
        #expect(machine.lease(for: 2) == .wait)
        let attempts = [machine.abandon(2), machine.abandon(2)]
        #expect(attempts == [true, false])
        #expect(machine.release(0) == .keep)
    }

    @Test func anAskerWithoutANameIsNotPutInLine() {
        var machine = PoolStateMachine(size: 1, waitersAllowed: 2)
        #expect(machine.lease(for: nil) == .make(0))
        #expect(machine.lease(for: nil) == .wait)
        #expect(machine.waiting == 0)
    }

    @Test func closingEndsTheIdleAtOnceAndTheOthersWhenTheyComeBack() {
        var machine = PoolStateMachine(size: 3, waitersAllowed: 2)
        for waiter in 1...3 { _ = machine.lease(for: UInt64(waiter)) }
        #expect(machine.lease(for: 4) == .wait)
        #expect(machine.release(1) == .hand(1, to: 4))
        #expect(machine.release(2) == .keep)
        let (idle, waiters) = machine.close()
        #expect(idle == [2] && waiters.isEmpty)
        #expect(machine.release(0) == .close(0))
        #expect(machine.lease(for: 5) == .refuse(.closed))
        #expect(machine.leased == 1)
    }

    @Test func theBackOffGrowsToItsBoundAndStartsAnew() {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        let pauses = (0..<40).map { _ in backoff.next(using: &generator) }
        #expect(pauses[0] <= .milliseconds(100) && pauses[0] >= .milliseconds(25))
        #expect(pauses.allSatisfy { $0 <= .seconds(5) })
        #expect(pauses.suffix(10).allSatisfy { $0 >= .milliseconds(1250) })
        backoff.reset()
        #expect(backoff.next(using: &generator) <= .milliseconds(100))
    }
}
