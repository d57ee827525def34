import Messaging
import Testing

@testable import RedisStreams

/// Which canaries are due, when the way counts as broken, and what is said then.
@Suite struct CanaryStateMachineTests {
    typealias Due = CanaryStateMachine.Due

    private let start = ContinuousClock.now
    private let all = Set(0..<4)

    private func machine(cursor: Int = 0) -> CanaryStateMachine {
        CanaryStateMachine(interval: .seconds(3), limit: .seconds(8), cursor: cursor, now: start)
    }

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    private func id(_ number: UInt64) -> MessageID { MessageID(milliseconds: number, sequence: 0) }

    /// A machine whose first round is back, sent at 0.
    private func proven() -> CanaryStateMachine {
        var machine = machine()
        answer(&machine, machine.due(now: at(0), partitions: all, share: 4), at: 5)
        return machine
    }

    /// All of these are taken and come back.
    private func answer(_ machine: inout CanaryStateMachine, _ due: [Due], at time: Int) {
        for canary in due {
            machine.taken(canary, id: id(canary.number))
            _ = machine.returned(partition: canary.partition, number: canary.number, now: at(time))
        }
    }

    @Test func beforeTheFirstRoundIsBackTheWayIsNotProven() {
        var machine = machine()
        #expect(machine.failure(now: at(0)) != nil)
        let due = machine.due(now: at(0), partitions: all, share: 4)
        #expect(due.map(\.partition) == [0, 1, 2, 3])
        answer(&machine, Array(due.dropLast()), at: 5)
        #expect(machine.failure(now: at(5))?.partition == 3)
        answer(&machine, Array(due.suffix(1)), at: 6)
        #expect(machine.failure(now: at(6)) == nil)
        #expect(machine.age(now: at(6)) == .milliseconds(6))
    }

    @Test func aRoundIsDueEveryInterval() {
        var machine = proven()
        #expect(machine.due(now: at(2999), partitions: all, share: 4).isEmpty)
        #expect(machine.due(now: at(3000), partitions: all, share: 4).count == 4)
    }

    @Test func aShareGoesRoundAllPartitionsInTurn() {
        var machine = machine(cursor: 3)
        var asked: [[Int]] = []
        for round in 0..<3 {
            let due = machine.due(now: at(round * 3000), partitions: Set(0..<5), share: 2)
            asked.append(due.map(\.partition))
            answer(&machine, due, at: round * 3000 + 1)
        }
        #expect(asked == [[3, 4], [0, 1], [2, 3]])
        #expect(machine.failure(now: at(6001)) == nil)
    }

    @Test func aBreakIsSeenWithinTheLimitWheneverItCame() {
        // All came back at 5; from then on nothing does.
        var machine = proven()
        for time in stride(from: 100, through: 8000, by: 100) {
            for canary in machine.due(now: at(time), partitions: all, share: 4) {
                machine.taken(canary, id: id(canary.number))
            }
            #expect(machine.failure(now: at(time)) == nil)
        }
        let failure = machine.failure(now: at(8001))
        #expect(failure == CanaryFailure(partition: 0, others: 3, age: .milliseconds(8001), cause: .notReturned))
    }

    @Test func aBrokenPartitionIsSeenAlsoWhereItIsAskedOnlyNowAndThen() {
        var machine = machine()
        for time in stride(from: 0, through: 30_000, by: 250) {
            let due = machine.due(now: at(time), partitions: Set(0..<16), share: 1)
            answer(&machine, due.filter { $0.partition != 2 }, at: time)
            for canary in due where canary.partition == 2 { machine.taken(canary, id: id(canary.number)) }
        }
        // The third round was the first to ask it; the second one, at 3 s, the last that was settled.
        #expect(machine.age(now: at(30_000)) == .seconds(27))
        #expect(machine.failure(now: at(30_000))?.partition == 2)
        #expect(machine.failure(now: at(30_000))?.others == 0)
    }

    @Test func whatIsLostIsSentAgainAtGrowingIntervals() {
        var machine = proven()
        var times: [Int] = []
        for time in stride(from: 3000, through: 150_000, by: 500) {
            for canary in machine.due(now: at(time), partitions: all, share: 4) {
                machine.taken(canary, id: id(canary.number))
                if canary.partition == 0 { times.append(time / 1000) }
            }
        }
        #expect(times == [3, 6, 12, 24, 48, 78, 108, 138])
    }

    @Test func theNewestThatComesBackSpeaksForThoseBefore() {
        var machine = proven()
        let first = machine.due(now: at(3000), partitions: all, share: 4)
        for canary in first { machine.taken(canary, id: id(canary.number)) }
        let second = machine.due(now: at(6000), partitions: all, share: 4)
        #expect(second.count == 4)
        answer(&machine, second, at: 6010)
        #expect(machine.isSettled)
        // The first ones come late, or twice: nobody waits for them any more.
        #expect(machine.returned(partition: 0, number: first[0].number, now: at(6020)) == nil)
        #expect(machine.failure(now: at(14_000)) == nil)
    }

    @Test func oneThatComesBackTooLateProvesNothingUntilTheNextIsInTime() {
        var machine = proven()
        let due = machine.due(now: at(3000), partitions: [0], share: 1)
        machine.taken(due[0], id: id(due[0].number))
        #expect(machine.failure(now: at(11_000)) != nil)
        let late = machine.returned(partition: 0, through: id(due[0].number), now: at(12_000))
        #expect(late == .seconds(9))
        #expect(!machine.isSettled)
        #expect(machine.failure(now: at(12_000)) != nil)
        let next = machine.due(now: at(12_000), partitions: [0], share: 1)
        #expect(next.count == 1)
        answer(&machine, next, at: 12_010)
        #expect(machine.failure(now: at(12_010)) == nil)
    }

    @Test func aRefusalIsNamedAndTriedAgainWithinASecond() {
        var machine = proven()
        for canary in machine.due(now: at(3000), partitions: all, share: 4) {
            machine.refused(canary, reason: "redis: no link", now: at(3001))
        }
        #expect(machine.due(now: at(3900), partitions: all, share: 4).isEmpty)
        let again = machine.due(now: at(4001), partitions: all, share: 4)
        #expect(again.count == 4)
        // What Redis said last is what is known, while it has not answered the next.
        let failure = machine.failure(now: at(9000))
        #expect(failure?.cause == .refused("redis: no link"))
        #expect(failure?.reason(reader: "") == "partition 0 (and 3 more) has taken no canary for 9 s: redis: no link")
        answer(&machine, again, at: 9100)
        #expect(machine.failure(now: at(9100)) == nil)
    }

    @Test func whatRedisHasNotAnsweredIsNotBlamedOnTheReader() {
        var machine = proven()
        _ = machine.due(now: at(3000), partitions: all, share: 4)
        let failure = machine.failure(now: at(9000))
        #expect(failure?.cause == .unanswered)
        #expect(failure?.reason(reader: "message-router").hasPrefix("redis has not answered") == true)
    }

    @Test func whatTheReaderKeepsIsBlamedOnIt() {
        let failure = CanaryFailure(partition: 3, others: 0, age: .milliseconds(9400), cause: .notReturned)
        #expect(
            failure.reason(reader: "message-router does not read it")
                == "no canary has come back from partition 3 for 9 s: message-router does not read it")
    }

    @Test func aPartitionThatIsNoLongerAskedIsForgotten() {
        var machine = proven()
        _ = machine.due(now: at(3000), partitions: all, share: 4)
        #expect(machine.failure(now: at(9000)) != nil)
        #expect(machine.due(now: at(9000), partitions: [], share: 0).isEmpty)
        #expect(machine.isSettled)
        #expect(machine.failure(now: at(9000)) == nil)
    }

    @Test func whoHasNoPartitionsWaitsForThemAndThenHasNothingToProve() {
        var machine = machine()
        #expect(machine.due(now: at(1000), partitions: [], share: 0).isEmpty)
        #expect(machine.failure(now: at(1000)) != nil)
        let due = machine.due(now: at(2000), partitions: [1], share: 1)
        #expect(due.map(\.partition) == [1])
        var idle = self.machine()
        #expect(idle.due(now: at(8000), partitions: [], share: 0).isEmpty)
        #expect(idle.failure(now: at(8000)) == nil)
    }

    @Test func whereNothingIsSentTheProofGrowsOld() {
        let machine = proven()
        #expect(machine.failure(now: at(8000)) == nil)
        #expect(machine.failure(now: at(9000))?.partition == nil)
        #expect(machine.failure(now: at(9000))?.reason(reader: "") == "no canary has been sent for 9 s")
    }

    @Test func whatIsOnItsWayIsBounded() {
        var machine = proven()
        var last: Due?
        for time in stride(from: 3000, through: 3_600_000, by: 500) {
            for canary in machine.due(now: at(time), partitions: [0], share: 1) {
                machine.refused(canary, reason: "away", now: at(time))
                last = canary
            }
        }
        // The last of thousands is among the few that are remembered.
        #expect(machine.returned(partition: 0, number: last?.number ?? 0, now: at(3_600_000)) != nil)
    }
}
