/// What a ``ChurnDriver`` does.
package struct ChurnPlan: Sendable {
    /// Users whose sessions come and go.
    package var users = 20_000
    /// Edges that they are on.
    package var edges = 3
    /// Connects and disconnects in all, and how many a second; 0 for as many as there can be.
    package var operations = 300_000
    package var rate = 5000
    /// Sessions of one more edge, each of a user of its own, that dies in the middle: its lease is not renewed any more.
    package var doomed = 0
    package var lease = Duration.seconds(15)
    /// Of so many events one is written once more, some time later.
    package var repeats = 50
    package var seed: UInt64 = 1

    package init() {}
}

/// What a ``ChurnDriver`` found in the end.
package struct ChurnResult: Codable, Sendable {
    package var operations = 0
    package var seconds = 0.0
    /// Users of whom presence says something else than what is so.
    package var wrong = 0
    /// Sessions and records of sessions that are there and should not be, or the other way round.
    package var wrongSessions = 0
    package var wrongRecords = 0
    package var transitions = 0
    /// Transitions that are in the stream more than once: harmless.
    package var repeated = 0
    /// Users whose transitions do not alternate, or end with what is not so.
    package var wrongTransitions = 0
    /// Of the users of the edge that died: not told to be offline, or told more than once.
    package var doomedUntold = 0
    package var doomedTwice = 0
    /// From the last renewal of its lease until the first and the last of them was told.
    package var doomedFirst = 0.0
    package var doomedLast = 0.0
    /// From a connect until it was told, in ms, of the others: always, and while the dead edge was swept.
    package var latency = Percentiles()
    package var latencyMeanwhile = Percentiles()
    /// All of the former, and from the last renewal until each of the dead edge's users was told; in ms.
    package var told: [Int64] = []
    package var doomedTold: [Int64] = []

    package struct Percentiles: Codable, Sendable {
        package var count = 0
        package var p50: Int64 = 0
        package var p99: Int64 = 0
        package var highest: Int64 = 0

        package init(_ values: [Int64] = []) {
            let sorted = values.sorted()
            guard let last = sorted.last else { return }
            count = sorted.count
            p50 = sorted[sorted.count / 2]
            p99 = sorted[min(sorted.count - 1, sorted.count * 99 / 100)]
            highest = last
        }
    }

    /// Whether everything is as it should be.
    package var isRight: Bool {
        wrong + wrongSessions + wrongRecords + wrongTransitions + doomedUntold + doomedTwice == 0
    }
}
