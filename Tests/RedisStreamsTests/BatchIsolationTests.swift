import Messaging
import Testing

@testable import RedisStreams

@Suite struct BatchIsolationTests {
    private let start = ContinuousClock.now

    private func batch(_ count: Int, signals: Int = 0) -> PartitionBatch {
        func entries(_ count: Int) -> [StreamEntry] {
            (0..<count).map {
                StreamEntry(id: MessageID(milliseconds: UInt64($0 + 1), sequence: 0), fields: StreamFields([]))
            }
        }
        return PartitionBatch(partition: 0, entries: entries(count), signals: entries(signals))
    }

    /// Runs a batch in which some entries are poisoned; returns what was handled, what was put aside with how many tries, and for how long it waited.
    private func run(
        _ batch: PartitionBatch, poisoned: Set<UInt64>, _ patience: inout Patience
    ) -> (handled: [UInt64], aside: [(UInt64, Int)], waited: Duration, calls: Int) {
        var isolation = BatchIsolation(batch)
        var handled: [UInt64] = []
        var aside: [(UInt64, Int)] = []
        var waited = Duration.zero
        var calls = 0
        while true {
            switch isolation.step {
            case .finished: return (handled, aside, waited, calls)
            case .putAside(let entry, _, let tries):
                aside.append((entry.id.milliseconds, tries))
                isolation.done()
            case .handle(let piece):
                calls += 1
                let ids = piece.entries.map(\.id.milliseconds)
                if poisoned.isDisjoint(with: ids) {
                    handled += ids
                    isolation.done()
                } else {
                    waited += isolation.refused(reason: "poison", patience: &patience, now: start)
                }
            }
        }
    }

    @Test func oneOfManyIsFoundAndTheOthersGoOnInOrder() {
        var patience = Patience()
        let result = run(batch(500), poisoned: [137], &patience)
        #expect(result.handled == (1...500).filter { $0 != 137 })
        #expect(result.aside.map(\.0) == [137] && result.aside.map(\.1) == [5])
        #expect(result.waited == .milliseconds(300))
        #expect(result.calls < 30)
    }

    @Test func manyInARowWaitAsLongAsOne() {
        var patience = Patience()
        let result = run(batch(500), poisoned: Set(1...400), &patience)
        #expect(result.handled == Array(401...500))
        #expect(result.aside.count == 400)
        #expect(result.waited == .milliseconds(300))
    }

    @Test func anOutageNeverCountsHoweverLong() {
        var isolation = BatchIsolation(batch(1, signals: 2))
        for _ in 0..<30 {
            guard case .handle(let piece) = isolation.step else {
                Issue.record("not handed out again")
                return
            }
            #expect(piece.entries.count == 1)
            isolation.interrupted()
        }
        guard case .handle(let piece) = isolation.step else {
            Issue.record("not handed out again")
            return
        }
        #expect(piece.signals.isEmpty)
        isolation.done()
        guard case .finished = isolation.step else {
            Issue.record("not finished")
            return
        }
    }

    @Test func signalsComeOnceAndAloneTheyAreNotPutAside() {
        var patience = Patience()
        var isolation = BatchIsolation(batch(0, signals: 3))
        #expect(isolation.refused(reason: "x", patience: &patience, now: start) == .zero)
        guard case .finished = isolation.step else {
            Issue.record("not finished")
            return
        }
    }
}

@Suite struct PatienceTests {
    private let start = ContinuousClock.now

    @Test func fiveTriesTakeLessThanASecond() {
        var patience = Patience()
        let pauses = (1...5).map { patience.pause(after: $0, now: start) }
        #expect(pauses.last == .some(nil))
        #expect(pauses.compactMap(\.self).reduce(.zero, +) == .milliseconds(300))
    }

    @Test func allThatAPartitionWaitsIsBounded() {
        var patience = Patience()
        var waited = Duration.zero
        var now = start
        // A minute in which something new fails all the time.
        while now < start + .seconds(60) {
            for tries in 1..<Patience.tries {
                guard let pause = patience.pause(after: tries, now: now) else { break }
                waited += pause
                now += pause
            }
            now += .milliseconds(10)
        }
        #expect(waited > .seconds(2) && waited < .seconds(8))
    }

    @Test func aProofIsForgottenAfterAWhile() {
        var patience = Patience()
        patience.prove("a", now: start)
        #expect(patience.isProven("a", now: start + .seconds(9)))
        #expect(!patience.isProven("a", now: start + .seconds(11)))
        #expect(!patience.isProven("b", now: start))
    }
}

@Suite struct OutageTests {
    @Test(arguments: [
        "LOADING Redis is loading the dataset in memory", "MISCONF Errors writing to the AOF file",
        "OOM command not allowed",
        "READONLY You can't write against a read only replica.", "NOREPLICAS Not enough good replicas to write.",
        "BUSY Redis is busy running a script.", "CLUSTERDOWN The cluster is down",
        "MASTERDOWN Link with MASTER is down",
        "TRYAGAIN Multiple keys request during rehashing of slot", "NOPERM this user has no permissions",
        "ERR Error running script (call to f_1): @user_script:7: -OOM command not allowed when used memory > 'maxmemory'.",
    ])
    func whatRedisCannotDoNowIsAnOutage(message: String) {
        #expect(RedisError.server(message).isOutage)
    }

    @Test(arguments: [
        "WRONGTYPE Operation against a key holding the wrong kind of value script: 1, on @user_script:3.",
        "ERR user_script:8: attempt to compare nil with number script: 1, on @user_script:8.",
    ])
    func whatIsWrongWithAKeyIsNot(message: String) {
        #expect(!RedisError.server(message).isOutage)
        let installation = RedisError.server(message).concerningAll("the edges cannot be read")
        #expect(installation.isOutage && installation.description.contains(message))
    }

    @Test func aBrokenLinkIsAnOutage() {
        for code: RedisError.Code in [.disconnected, .timedOut, .overloaded, .configuration] {
            #expect(RedisError(code, "").isOutage)
        }
        #expect(!RedisError(.unexpectedReply, "").isOutage)
    }
}
