import Testing

@testable import History

@Suite struct ReplicaStateMachineTests {
    private let start = ContinuousClock.now

    private func positions(_ ms: Int64) -> LogPositions {
        var positions = LogPositions()
        positions.raise(0, to: StoredID(ms: ms, seq: 0))
        return positions
    }

    private func machine(limit: Duration = .seconds(4)) -> ReplicaStateMachine {
        ReplicaStateMachine(limit: limit, now: start)
    }

    @Test func itIsUsedOnceItHasAnsweredAndSaidSoOnce() {
        var machine = machine()
        #expect(!machine.isUsable)
        machine.primaryHas(positions(1), origin: 7, now: start)
        #expect(machine.replicaHas(positions(1), origin: 7, now: start) == .reportUsable)
        #expect(machine.isUsable)
        #expect(machine.replicaHas(positions(1), origin: 7, now: start + .seconds(1)) == .none)
        #expect(machine.lag(now: start + .seconds(1)) == .zero)
    }

    @Test func whoDoesNotAnswerIsNotAskedAndThatIsSaidOnce() {
        var machine = machine()
        machine.primaryHas(positions(1), origin: 7, now: start)
        #expect(machine.failed("gone") == .reportAway(reason: "gone"))
        #expect(machine.failed("gone still") == .none)
        #expect(!machine.isUsable)
        #expect(machine.replicaHas(positions(1), origin: 7, now: start) == .reportUsable)
        #expect(machine.failed("again") == .reportAway(reason: "again"))
    }

    @Test func itIsAsFreshAsTheLatestThatItHasAllOf() {
        var machine = machine()
        for second in 0..<4 {
            machine.primaryHas(positions(Int64(second * 100)), origin: 7, now: start + .seconds(second))
        }
        let now = start + .seconds(3)
        // Between what the primary had at 1 s and at 2 s.
        #expect(machine.replicaHas(positions(150), origin: 7, now: now) == .reportUsable)
        #expect(machine.lag(now: now) == .seconds(2))
        #expect(machine.replicaHas(positions(300), origin: 7, now: now) == .none)
        #expect(machine.lag(now: now) == .zero)
    }

    @Test func oneThatFallsBehindIsReportedAndAskedAllTheSame() {
        var machine = machine(limit: .seconds(2))
        machine.primaryHas(positions(1), origin: 7, now: start)
        _ = machine.replicaHas(positions(1), origin: 7, now: start)
        for second in 1...3 {
            machine.primaryHas(positions(Int64(second * 100)), origin: 7, now: start + .seconds(second))
        }
        #expect(machine.replicaHas(positions(1), origin: 7, now: start + .seconds(3)) == .reportBehind(isStandby: true))
        #expect(machine.isUsable)
        #expect(machine.replicaHas(positions(300), origin: 7, now: start + .seconds(3)) == .reportUsable)
    }

    @Test func whatItHasToHaveIsWhatThePrimaryHadHalfTheLimitAgo() {
        var machine = machine(limit: .seconds(4))
        #expect(machine.floor(now: start).isEmpty)
        for second in 0..<6 {
            machine.primaryHas(positions(Int64(second + 1)), origin: 7, now: start + .seconds(second))
        }
        #expect(machine.floor(now: start + .seconds(5)) == positions(4))
        // While the primary cannot be asked, what it had last goes on to count.
        #expect(machine.floor(now: start + .seconds(60)) == positions(6))
        #expect(machine.interval == .seconds(1))
        #expect(self.machine(limit: .milliseconds(400)).interval == .milliseconds(100))
    }

    @Test func beforeAnythingIsOldEnoughTheFirstLookCounts() {
        var machine = machine(limit: .seconds(60))
        machine.primaryHas(positions(1), origin: 7, now: start)
        machine.primaryHas(positions(2), origin: 7, now: start + .seconds(1))
        #expect(machine.floor(now: start + .seconds(1)) == positions(1))
    }

    @Test func howFarItIsBehindIsToldEvenWhenNothingOfBeforeIsRemembered() {
        var machine = machine(limit: .seconds(4))
        machine.primaryHas(positions(1), origin: 7, now: start)
        _ = machine.replicaHas(positions(1), origin: 7, now: start)
        for second in 1...200 {
            machine.primaryHas(positions(Int64(second + 1)), origin: 7, now: start + .seconds(second))
        }
        _ = machine.replicaHas(positions(1), origin: 7, now: start + .seconds(200))
        #expect(machine.lag(now: start + .seconds(200)) == .seconds(200))
    }

    @Test func asLongAsThePrimaryIsUnknownNothingIsAskedOfTheReplica() {
        var machine = machine()
        #expect(machine.replicaHas(positions(1), origin: 7, now: start) == .none)
        #expect(!machine.isUsable)
        #expect(machine.isForeign(7))
        machine.primaryHas(positions(1), origin: 7, now: start)
        #expect(machine.replicaHas(positions(1), origin: 7, now: start) == .reportUsable)
    }

    @Test func anotherDatabaseIsNoReplicaHoweverFarItIs() {
        var machine = machine()
        machine.primaryHas(positions(1), origin: 7, now: start)
        #expect(machine.failed("gone") == .reportAway(reason: "gone"))
        let foreign = "it is no copy of the database that DATABASE_URL leads to"
        #expect(machine.replicaHas(positions(1000), origin: 8, now: start) == .reportAway(reason: foreign))
        #expect(machine.replicaHas(positions(1000), origin: 8, now: start) == .none)
        #expect(!machine.isUsable)
        #expect(machine.isForeign(8) && machine.isForeign(0) && !machine.isForeign(7))
        // Behind one address there may be several.
        #expect(machine.replicaHas(positions(1), origin: 7, now: start) == .reportUsable)
    }

    @Test func aCopyThatHoldsNothingYetIsOnlyBehind() {
        var machine = machine(limit: .seconds(2))
        machine.primaryHas(LogPositions(), origin: 7, now: start)
        #expect(machine.replicaHas(LogPositions(), origin: 7, now: start) == .reportUsable)
        for second in 1...3 {
            machine.primaryHas(positions(1), origin: 7, now: start + .seconds(second))
        }
        let behind = machine.replicaHas(LogPositions(), origin: 7, isStandby: false, now: start + .seconds(3))
        #expect(behind == .reportBehind(isStandby: false))
    }
}
