/// Times in milliseconds, and what share of them is below which.
struct Latencies: Sendable {
    private(set) var values: [Double] = []

    mutating func add(_ duration: Duration) { values.append(duration / .milliseconds(1)) }

    /// What `share` (0 to 1) of them do not exceed, by the nearest rank; 0 when there are none.
    func quantile(_ share: Double) -> Double {
        guard !values.isEmpty else { return 0 }
        let rank = Int((share * Double(values.count)).rounded(.up))
        return values.sorted()[min(max(rank, 1), values.count) - 1]
    }

    var summary: Summary { Summary(count: values.count, p50: quantile(0.5), p99: quantile(0.99)) }

    /// Milliseconds.
    struct Summary: Codable, Equatable, Sendable {
        var count: Int
        var p50: Double
        var p99: Double
    }
}
