import Histogram

/// Latencies of a step, to three digits, from a microsecond to an hour. What is longer counts as an hour, and as such is seen.
struct LatencyRecorder: Sendable {
    /// Nanoseconds.
    static let longest: UInt64 = 3_600_000_000_000
    private static let shortest: UInt64 = 1000

    private(set) var histogram = Histogram<UInt32>(
        lowestDiscernibleValue: shortest, highestTrackableValue: longest, numberOfSignificantValueDigits: .three)

    var count: Int { Int(histogram.totalCount) }

    mutating func add(nanoseconds: UInt64) { histogram.record(min(nanoseconds, Self.longest)) }

    mutating func add(_ other: LatencyRecorder) { histogram.add(other.histogram) }

    mutating func reset() { histogram.reset() }

    /// What `share` (0 to 1) of them do not exceed, in milliseconds.
    func quantile(_ share: Double) -> Double {
        count == 0 ? 0 : Double(histogram.valueAtPercentile(share * 100)) / 1_000_000
    }

    var latency: LoadReport.Latency {
        LoadReport.Latency(
            count: count, mean: count == 0 ? 0 : histogram.mean / 1_000_000, p50: quantile(0.5), p90: quantile(0.9),
            p99: quantile(0.99), p999: quantile(0.999), max: count == 0 ? 0 : Double(histogram.max) / 1_000_000,
            distribution: distribution)
    }

    /// Ever closer to one: five points for each halving of the rest, as in the plots that go with such histograms.
    private var distribution: [LoadReport.Latency.Point] {
        guard count > 0 else { return [] }
        return histogram.percentiles(ticksPerHalfDistance: 5).map {
            .init(share: $0.percentileLevelIteratedTo / 100, value: Double($0.value) / 1_000_000)
        }
    }
}
