import Foundation

/// How a step is going, for the progress bar.
struct TrafficProgress: Sendable {
    var name: String
    var stage: String
    /// How much of the step is done, from 0 to 1.
    var share: Double
    var acceptedPerSecond: Double
    var deliveredPerSecond: Double
    var p50: Double
    var p99: Double

    init(_ name: String, _ stage: String, _ share: Double, _ interval: TrafficDriver.Interval) {
        let seconds = max(1e-6, Double(interval.end - interval.start) / 1e9)
        (self.name, self.stage, self.share) = (name, stage, share)
        acceptedPerSecond = Double(interval.accepted) / seconds
        deliveredPerSecond = Double(interval.delivered) / seconds
        (p50, p99) = (interval.p50, interval.p99)
    }

    var line: String {
        String(
            format: "%@ %@, %@  %7.0f accepted/s  %8.0f delivered/s  p50 %.2f  p99 %.2f ms", LiveLine.bar(share), name,
            stage, acceptedPerSecond, deliveredPerSecond, p50, p99)
    }
}
