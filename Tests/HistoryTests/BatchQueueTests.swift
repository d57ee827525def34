import Testing

@testable import History

@Suite struct BatchQueueTests {
    private let start = ContinuousClock.now

    private func queue() -> BatchQueue<Int> {
        var queue = BatchQueue<Int>(size: 500, linger: .milliseconds(20), writers: 2)
        queue.open()
        return queue
    }

    private func at(_ milliseconds: Int) -> ContinuousClock.Instant { start + .milliseconds(milliseconds) }

    /// What it says, in words.
    private func next(_ queue: inout BatchQueue<Int>, _ milliseconds: Int) -> String {
        switch queue.next(now: at(milliseconds)) {
        case .wait: "wait"
        case .waitUntil(let time): "until \((time - start) / .milliseconds(1))"
        case .store(let tickets): "store \(tickets)"
        }
    }

    @Test func fewEntriesWaitForMoreUntilTheLingerIsOver() {
        var queue = queue()
        #expect(next(&queue, 0) == "wait")
        queue.add(1, count: 10, now: at(0))
        #expect(next(&queue, 1) == "until 20.0")
        queue.add(2, count: 10, now: at(15))
        #expect(next(&queue, 20) == "store [1, 2]")
        #expect(next(&queue, 20) == "wait")
    }

    @Test func aFullBatchGoesAtOnceAndPartitionsStayWhole() {
        var queue = queue()
        for ticket in 1...3 { queue.add(ticket, count: 200, now: at(0)) }
        #expect(next(&queue, 0) == "store [1, 2]")
        #expect(next(&queue, 0) == "until 20.0")
        queue.add(4, count: 900, now: at(1))
        #expect(next(&queue, 1) == "store [3]")
        queue.stored()
        #expect(next(&queue, 1) == "store [4]")
    }

    @Test func aBatchIsAlsoFullByItsBytes() {
        var queue = BatchQueue<Int>(size: 500, bytes: 1000, linger: .milliseconds(20), writers: 1)
        queue.open()
        queue.add(1, count: 1, bytes: 600, now: at(0))
        #expect(next(&queue, 0) == "until 20.0")
        queue.add(2, count: 1, bytes: 300, now: at(0))
        queue.add(3, count: 1, bytes: 200, now: at(0))
        queue.add(4, count: 1, bytes: 5000, now: at(0))
        #expect(next(&queue, 0) == "store [1, 2]")
        queue.stored()
        #expect(next(&queue, 0) == "store [3]")
        queue.stored()
        #expect(next(&queue, 0) == "store [4]")
        queue.stored()
        #expect(next(&queue, 0) == "wait")
    }

    @Test func whatComesWhileATransactionIsUnderWayGoesTogetherIntoTheNext() {
        var queue = BatchQueue<Int>(size: 5000, linger: .milliseconds(20), writers: 1)
        queue.open()
        queue.add(1, count: 10, now: at(0))
        #expect(next(&queue, 20) == "store [1]")
        for ticket in 2...5 { queue.add(ticket, count: 1000, now: at(30)) }
        #expect(next(&queue, 90) == "wait")
        queue.stored()
        #expect(next(&queue, 90) == "store [2, 3, 4, 5]")
    }

    @Test func noMoreThanTheWritersAreUnderWay() {
        var queue = queue()
        for ticket in 1...3 { queue.add(ticket, count: 500, now: at(0)) }
        #expect(next(&queue, 0) == "store [1]")
        #expect(next(&queue, 0) == "store [2]")
        #expect(next(&queue, 0) == "wait")
        queue.stored()
        #expect(next(&queue, 0) == "store [3]")
    }

    @Test func afterAFailureOneTriesAloneWithGrowingPauses() {
        var queue = queue()
        for ticket in 1...4 { queue.add(ticket, count: 500, now: at(0)) }
        #expect(next(&queue, 0) == "store [1]")
        queue.failed(now: at(0), jitter: 1)
        #expect(queue.isStalled)
        #expect(next(&queue, 0) == "until 100.0")
        #expect(next(&queue, 100) == "store [2]")
        #expect(next(&queue, 100) == "wait")
        queue.failed(now: at(100), jitter: 1)
        #expect(next(&queue, 100) == "until 300.0")
        #expect(next(&queue, 300) == "store [3]")
        queue.stored()
        #expect(!queue.isStalled)
        #expect(next(&queue, 300) == "store [4]")
    }

    @Test func nothingIsStoredBeforeTheDatabaseIsReady() {
        var queue = BatchQueue<Int>(size: 500, linger: .milliseconds(20), writers: 2)
        queue.add(1, count: 500, now: at(0))
        #expect(next(&queue, 1000) == "wait")
        queue.open()
        #expect(next(&queue, 1000) == "store [1]")
    }

    @Test func whatWaitsCanBeGivenUp() {
        var queue = queue()
        queue.add(1, count: 1, now: at(0))
        queue.add(2, count: 1, now: at(0))
        #expect(queue.abandon() == [1, 2])
        #expect(queue.isEmpty)
    }
}
