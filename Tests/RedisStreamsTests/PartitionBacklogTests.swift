import Messaging
import Testing

@testable import RedisStreams

@Suite struct PartitionBacklogTests {
    private let start = ContinuousClock.now
    private let keys = Keys()

    private func configuration(batch: Int = 2) -> ConsumerConfiguration {
        var configuration = ConsumerConfiguration(
            group: "router", instance: "one", partitions: 4, keys: keys, stream: .log, trimsWith: ["router"],
            readsSignals: true, batch: batch)
        configuration.batchesAhead = 2
        return configuration
    }

    private func id(_ milliseconds: UInt64) -> MessageID { MessageID(milliseconds: milliseconds, sequence: 0) }

    private func entry(_ id: UInt64) -> StreamEntry {
        StreamEntry(id: MessageID(milliseconds: id, sequence: 0), fields: StreamFields([]))
    }

    private func backlog(batch: Int = 2) -> PartitionBacklog {
        var backlog = PartitionBacklog(configuration(batch: batch))
        backlog.take(
            1, term: 7, timeline: "one", position: MessageID(milliseconds: 10, sequence: 0), now: 500, lag: 3,
            asked: start)
        return backlog
    }

    @Test func readingStartsAtTheCommittedPositionAndSignalsAtThePresent() {
        let plan = backlog().plan(on: "one")
        #expect(plan.streams == [keys.log(1), keys.signals(1)])
        #expect(plan.after.map(\.milliseconds) == [10, 500])
    }

    @Test func whatWasReadIsNotReadAgain() {
        var backlog = backlog()
        _ = backlog.add([entry(11), entry(12)], of: keys.log(1), after: id(10), now: start)
        #expect(backlog.plan(on: "one").after[0].milliseconds == 12)
        _ = backlog.add([entry(11), entry(12)], of: keys.log(1), after: id(10), now: start)
        #expect(backlog.held[1]?.entries.count == 2)
    }

    @Test func batchesAndWhatWaitsAreBoundedInBytesToo() {
        var configuration = configuration(batch: 10)
        (configuration.batchBytes, configuration.batchesAhead) = (100, 2)
        var backlog = PartitionBacklog(configuration)
        backlog.take(1, term: 7, timeline: "one", position: id(10), now: 500, lag: 3, asked: start)
        func heavy(_ milliseconds: UInt64, _ bytes: Int) -> StreamEntry {
            StreamEntry(id: id(milliseconds), fields: StreamFields([[], [UInt8](repeating: 0, count: bytes)]))
        }
        func next() -> [UInt64] {
            guard case .batch(let batch, _, _) = backlog.next(1) else { return [] }
            return batch.entries.map(\.id.milliseconds)
        }
        _ = backlog.add([heavy(11, 60), heavy(12, 40), heavy(13, 90)], of: keys.log(1), after: id(10), now: start)
        #expect(backlog.plan(on: "one").streams == [keys.log(1), keys.signals(1)])
        _ = backlog.add([heavy(14, 300)], of: keys.log(1), after: id(13), now: start)
        #expect(backlog.plan(on: "one") == .init(streams: [keys.signals(1)], after: [id(500)], isPartial: true))
        #expect(next() == [11, 12])
        #expect(next() == [13])
        #expect(next() == [14])
        #expect(backlog.plan(on: "one").streams == [keys.log(1), keys.signals(1)])
    }

    @Test func batchesAreBoundedAndInOrderAndKnowWhereTheyBegin() {
        var backlog = backlog()
        _ = backlog.add([entry(11), entry(12), entry(13)], of: keys.log(1), after: id(10), now: start)
        guard case .batch(let first, let from, let term) = backlog.next(1) else {
            Issue.record("no batch")
            return
        }
        #expect(first.entries.map(\.id.milliseconds) == [11, 12])
        #expect(from.milliseconds == 10)
        #expect(term == 7)
        guard case .batch(let second, let secondFrom, _) = backlog.next(1) else {
            Issue.record("no second batch")
            return
        }
        #expect(second.entries.map(\.id.milliseconds) == [13])
        #expect(secondFrom.milliseconds == 12)
    }

    @Test func aPartitionWhoseHandlerDoesNotKeepUpIsLeftAlone() {
        var backlog = backlog()
        _ = backlog.add([entry(11), entry(12), entry(13), entry(14)], of: keys.log(1), after: id(10), now: start)
        let plan = backlog.plan(on: "one")
        #expect(plan.isPartial)
        #expect(plan.streams == [keys.signals(1)])
        _ = backlog.next(1)
        #expect(backlog.plan(on: "one").streams == [keys.log(1), keys.signals(1)])
    }

    @Test func signalsComeWithTheNextBatchAndOnce() {
        var backlog = backlog()
        _ = backlog.add([entry(501)], of: keys.signals(1), after: id(500), now: start)
        guard case .batch(let batch, _, _) = backlog.next(1) else {
            Issue.record("no batch")
            return
        }
        #expect(batch.entries.isEmpty)
        #expect(batch.signals.map(\.id.milliseconds) == [501])
        guard case .wait = backlog.next(1) else {
            Issue.record("the signal came twice")
            return
        }
    }

    @Test func whatWasAskedForBeforeThePartitionWasTakenAgainIsDropped() {
        var backlog = backlog()
        _ = backlog.add([entry(11), entry(12)], of: keys.log(1), after: id(10), now: start)
        let asked = backlog.plan(on: "one").after[0]
        _ = backlog.lose(1)
        backlog.forget(1)
        // Nothing was committed: it begins at 10 again, while the answer from 12 on is still on its way.
        backlog.take(1, term: 8, timeline: "one", position: id(10), now: 500, lag: 3, asked: start)
        _ = backlog.add([entry(13)], of: keys.log(1), after: asked, now: start)
        #expect(backlog.plan(on: "one").after[0] == id(10))
        guard case .wait = backlog.next(1) else {
            Issue.record("entries were left out")
            return
        }
    }

    @Test func whatIsReadWhenTheLeaseMayBeAnothersIsDroppedAndThePartitionLost() {
        var backlog = backlog()
        _ = backlog.add([entry(11)], of: keys.log(1), after: id(10), now: start + .seconds(5))
        #expect(backlog.held[1]?.entries.count == 1)
        _ = backlog.add([entry(99)], of: keys.log(1), after: id(11), now: start + .seconds(6))
        #expect(backlog.held[1]?.isLost == true)
        #expect(backlog.held[1]?.entries.count == 1)
    }

    @Test func signalsThatAreReadWhenTheLeaseMayBeAnothersAreDroppedToo() {
        var backlog = backlog()
        _ = backlog.add([entry(501)], of: keys.signals(1), after: id(500), now: start + .seconds(6))
        #expect(backlog.held[1]?.isLost == true)
        #expect(backlog.held[1]?.signals.isEmpty == true)
    }

    @Test func aRenewalLetsReadingGoOn() {
        var backlog = backlog()
        backlog.renew(1, lag: 0, length: 0, asked: start + .seconds(5))
        _ = backlog.add([entry(11)], of: keys.log(1), after: id(10), now: start + .seconds(6))
        #expect(backlog.held[1]?.entries.count == 1)
    }

    @Test func aLostPartitionIsNeitherReadNorHandled() {
        var backlog = backlog()
        _ = backlog.add([entry(11)], of: keys.log(1), after: id(10), now: start)
        _ = backlog.lose(1)
        #expect(backlog.plan(on: "one").streams.isEmpty)
        guard case .end = backlog.next(1) else {
            Issue.record("a lost partition was handled")
            return
        }
        backlog.forget(1)
        #expect(backlog.held.isEmpty)
    }

    @Test func partitionsOfAnotherTimelineAreNotReadAndAreLost() {
        var backlog = backlog()
        backlog.take(3, term: 1, timeline: "one", position: .zero, now: 0, lag: 0, asked: start)
        #expect(backlog.plan(on: "two").streams.isEmpty)
        #expect(backlog.plan(on: "two").isElsewhere)
        #expect(!backlog.plan(on: "one").isElsewhere)
        _ = backlog.loseAll(notOn: "one")
        #expect(backlog.held[3]?.isLost == false)
        _ = backlog.loseAll(notOn: "two")
        #expect(backlog.held[3]?.isLost == true)
    }
}
