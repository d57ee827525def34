import NIOCore
import Testing

@testable import WSEdge

/// An ``AdmissionStateMachine`` in a place where an expectation may change it.
private final class Gate {
    typealias Machine = AdmissionStateMachine<String, String>
    private var machine: Machine
    private let start: NIODeadline

    init(registering: Int = 2, perTurn: Int = 1000, queue: Int = 3, guess: Int = 1000, start: NIODeadline) {
        self.start = start
        machine = Machine(
            .init(registering: registering, perTurn: perTurn, queue: queue, patience: .seconds(2)), guess: guess,
            now: start)
    }

    /// Lets a handshake in and registers its session.
    @discardableResult
    func enter(_ name: String) -> Machine.Arrival {
        let arrival = arrive(name, after: .zero, random: 0)
        if arrival == .admitted { #expect(register(name)) }
        return arrival
    }

    @discardableResult
    func arrive(_ name: String, after time: TimeAmount, random: Double) -> Machine.Arrival {
        machine.arrive(name, now: start + time, random: random)
    }

    func register(_ name: String) -> Bool { machine.register(name, now: start) }

    func answer(_ count: Int = 1) { for _ in 0..<count { machine.answered(now: start) } }

    func unused() { machine.unused() }
    func turnEnded() { machine.turnEnded() }
    func abandon(_ name: String) { machine.abandon { $0 == name } }
    func dismiss() -> [String] { machine.dismiss() }
    func expire(after time: TimeAmount) -> [String] { machine.expire(now: start + time, random: { 0 }).map(\.0) }
    var waiting: Int { machine.waitingHandshakes }
    var isWaiting: Bool { machine.isWaiting }

    /// Who is next, until nobody is.
    func next() -> [String] {
        var names: [String] = []
        while let next = machine.next() {
            switch next {
            case .register(let name): names.append("register \(name)")
            case .admit(let name): names.append("admit \(name)")
            }
        }
        return names
    }
}

@Suite struct AdmissionTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

    private func gate(registering: Int = 2, perTurn: Int = 1000, queue: Int = 3, guess: Int = 1000) -> Gate {
        Gate(registering: registering, perTurn: perTurn, queue: queue, guess: guess, start: start)
    }

    @Test func registrationsUnderWayAreBoundedAndTheNextHandshakeWaitsForOneToBeAnswered() {
        let gate = gate()
        #expect(gate.enter("a") == .admitted)
        #expect(gate.enter("b") == .admitted)
        #expect(gate.enter("c") == .waits)
        #expect(gate.next().isEmpty)
        gate.answer()
        #expect(gate.next() == ["admit c"])
        #expect(!gate.isWaiting)
    }

    @Test func aHandshakePastTheQueueIsToldWhenToComeAgain() {
        let gate = gate()
        for name in ["a", "b", "c", "d", "e"] { gate.enter(name) }
        #expect(gate.waiting == 3)
        guard case .refused(let retryAfter) = gate.arrive("f", after: .zero, random: 0.99) else {
            Issue.record("let in past the queue")
            return
        }
        #expect(retryAfter == 1)
    }

    @Test func aHandshakeThatWouldWaitInVainIsRefusedAtOnce() {
        let gate = gate(queue: 1000, guess: 10)
        for name in ["a", "b"] { gate.enter(name) }
        // Ten a second for two seconds.
        for number in 0..<20 { #expect(gate.arrive("\(number)", after: .zero, random: 0) == .waits) }
        #expect(gate.arrive("x", after: .zero, random: 0) == .refused(retryAfter: 1))
    }

    @Test func whoIsRefusedIsSpreadOverTheTimeThatAllOfThemWillTake() {
        let gate = gate(queue: 0, guess: 100)
        for name in ["a", "b"] { gate.enter(name) }
        var latest = 0
        for number in 0..<1000 {
            if case .refused(let seconds) = gate.arrive("\(number)", after: .zero, random: 0.999) { latest = seconds }
        }
        // A thousand at a hundred a second, and a quarter more.
        #expect((12...14).contains(latest))
        #expect(gate.arrive("soon", after: .zero, random: 0) == .refused(retryAfter: 1))
        #expect(
            gate.arrive("later", after: .seconds(20), random: 0.9) == .refused(retryAfter: 1), "they have come since")
        for number in 0..<10_000 { gate.arrive("\(number)", after: .seconds(20), random: 0.999) }
        #expect(
            gate.arrive("last", after: .seconds(20), random: 0.999) == .refused(retryAfter: 20), "no longer than that")
    }

    @Test func aHandshakeThatHasWaitedTooLongIsRefused() {
        let gate = gate()
        for name in ["a", "b", "c"] { gate.enter(name) }
        #expect(gate.arrive("d", after: .seconds(1), random: 0) == .waits)
        #expect(gate.expire(after: .seconds(2)) == ["c"])
        #expect(gate.expire(after: .seconds(2)).isEmpty)
        #expect(gate.waiting == 1)
    }

    @Test func aSessionThatHasBeenLetInGoesBeforeHandshakesAndIsNeverRefused() {
        let gate = gate()
        for name in ["a", "b", "c"] { gate.enter(name) }
        for number in 0..<100 { #expect(!gate.register("s\(number)")) }
        gate.answer(2)
        #expect(gate.next() == ["register s0", "register s1"])
        #expect(gate.arrive("d", after: .zero, random: 0) == .waits)
        for _ in 0..<98 {
            gate.answer()
            _ = gate.next()
        }
        gate.answer(2)
        #expect(gate.next() == ["admit c", "admit d"])
    }

    @Test func noMoreThanSomeBeginInOneTurn() {
        let gate = gate(registering: 100, perTurn: 2, queue: 100)
        #expect((0..<5).map { gate.enter("\($0)") } == [.admitted, .admitted, .waits, .waits, .waits])
        #expect(gate.next().isEmpty)
        gate.turnEnded()
        #expect(gate.next() == ["admit 2", "admit 3"])
        gate.turnEnded()
        #expect(gate.next() == ["admit 4"])
    }

    @Test func whoHasGoneGivesItsPlaceBack() {
        let gate = gate()
        for name in ["a", "b", "c", "d"] { gate.enter(name) }
        gate.abandon("c")
        gate.answer()
        #expect(gate.next() == ["admit d"])
        #expect(gate.register("d"))
        gate.unused()
        #expect(gate.enter("e") == .admitted)
        #expect(gate.dismiss().isEmpty)
    }

    @Test func theRateIsWhatIsAnsweredWhileSomeWait() {
        var rate = RegisterRate(guess: 1000, now: start)
        for step in 1...10 { rate.answer(now: start + .milliseconds(Int64(step) * 100)) }
        #expect(rate.perSecond == 1000, "an idle edge says nothing about what it could do")
        rate.saturated(now: start + .seconds(1))
        for step in 1...20 { rate.answer(now: start + .seconds(1) + .milliseconds(Int64(step) * 100)) }
        #expect(rate.perSecond < 100)
        rate.relieved()
        for step in 1...2000 { rate.answer(now: start + .seconds(4) + .milliseconds(Int64(step))) }
        #expect(rate.perSecond > 900, "and more is more, waiting or not")
        rate.saturated(now: start + .seconds(10))
        for step in 1...20 { rate.measure(now: start + .seconds(10) + .seconds(Int64(step))) }
        #expect(rate.perSecond == 1, "a Redis that answers nothing")
    }

    @Test(arguments: [
        (0, 0), (1, 0), (100, 132), (1000, 1332), (3750, 5000), (15_000, 5000), (30_000, 10_000), (1_000_000, 60_000),
    ])
    func sessionsComeBackOverATimeThatGrowsWithThem(_ sessions: Int, _ milliseconds: Int) {
        #expect(ReconnectSpread.milliseconds(sessions: sessions, rate: 3000) == milliseconds)
    }
}
