/// Latencies and counts by half seconds, for plots over time and for the line that shows how a run goes.
struct Timeline: Sendable {
    struct Interval: Sendable, Equatable {
        var start: UInt64
        var end: UInt64
        var count: Int
        /// Milliseconds; 0 where nothing was timed.
        var p50 = 0.0
        var p99 = 0.0

        /// How many a second.
        var rate: Double { end > start ? Double(count) / (Double(end - start) / 1e9) : 0 }
    }

    static let step: UInt64 = 500_000_000

    private(set) var intervals: [Interval] = []
    private var start: UInt64
    private var count = 0
    private var times = LatencyRecorder()

    init(start: UInt64) { self.start = start }

    /// Something was done that took so long.
    mutating func add(nanoseconds: UInt64) {
        count += 1
        times.add(nanoseconds: nanoseconds)
    }

    /// A time that belongs to the interval and counts for nothing.
    mutating func note(nanoseconds: UInt64) { times.add(nanoseconds: nanoseconds) }

    /// So many were done, of which no times are known.
    mutating func add(count more: Int) { count += more }

    /// Ends the interval under way if it has lasted long enough, and gives it.
    mutating func roll(at now: UInt64) -> Interval? {
        guard now >= start + Self.step else { return nil }
        let interval = Interval(
            start: start, end: now, count: count, p50: times.quantile(0.5), p99: times.quantile(0.99))
        intervals.append(interval)
        (start, count) = (now, 0)
        times.reset()
        return interval
    }

    /// What was done when, of times that are known afterwards only: pairs of when it was over and how long it took, in any order.
    static func made(of done: [(at: UInt64, nanoseconds: UInt64)], from: UInt64, to: UInt64) -> [Interval] {
        var timeline = Timeline(start: from)
        for (at, nanoseconds) in done.sorted(by: { $0.at < $1.at }) where at >= from && at < to {
            while at >= timeline.start + step { _ = timeline.roll(at: timeline.start + step) }
            timeline.add(nanoseconds: nanoseconds)
        }
        // Less than half a second at the end would be a rate of little.
        while timeline.start + step <= to { _ = timeline.roll(at: timeline.start + step) }
        return timeline.intervals
    }
}
