/// What a run has shown.
package struct TrafficReport: Codable, Sendable {
    /// Latencies in milliseconds.
    package struct Latency: Codable, Sendable {
        package var p50 = 0.0
        package var p90 = 0.0
        package var p99 = 0.0
        package var maximum = 0.0

        init() {}

        /// The percentiles of samples in microseconds.
        init(microseconds samples: [UInt32]) {
            guard !samples.isEmpty else { return }
            let sorted = samples.sorted()
            func at(_ share: Double) -> Double {
                Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
            }
            (p50, p90, p99) = (at(0.50), at(0.90), at(0.99))
            maximum = Double(sorted[sorted.count - 1]) / 1000
        }
    }

    package var clients = 0
    /// Seconds in which messages were sent.
    package var seconds = 0.0
    /// Messages that clients meant to send.
    package var sent = 0
    package var accepted = 0
    /// Sent and in the end neither accepted nor refused.
    package var unanswered = 0
    /// Answered with an error other than `busy` and `rate_limited`, which are tried again.
    package var refused = 0
    /// How often a send was put off with `busy` or `rate_limited`.
    package var putOff = 0
    /// Deliveries that the accepted messages call for: each recipient once.
    package var expected = 0
    /// Of these, those that came.
    package var delivered = 0
    package var lost = 0
    package var repeated = 0
    package var outOfOrder = 0
    /// Deliveries to someone who was not a recipient.
    package var foreign = 0
    /// Times that a client was told of a gap.
    package var gaps = 0
    package var reconnects = 0
    /// From the intended time of sending to the arrival at each recipient.
    package var delivery = Latency()
    /// From the intended time of sending to `accepted`.
    package var acceptance = Latency()
    /// The first few things that went wrong, in words.
    package var examples: [String] = []

    /// Whether everything accepted came once, in order, to those concerned, and everything sent was accepted.
    package var isClean: Bool {
        lost == 0 && repeated == 0 && outOfOrder == 0 && foreign == 0 && gaps == 0 && refused == 0 && unanswered == 0
    }
}
