/// Latencies in buckets of 1/32 of their size: any number of samples in 8 KiB.
struct LatencyHistogram: Sendable {
    private static let steps = 32
    private var buckets = [UInt32](repeating: 0, count: 32 * 30)
    private(set) var count = 0
    private var longest: UInt64 = 0

    mutating func add(microseconds: UInt64) {
        buckets[Self.bucket(microseconds)] += 1
        count += 1
        longest = max(longest, microseconds)
    }

    mutating func add(_ other: LatencyHistogram) {
        for place in buckets.indices { buckets[place] += other.buckets[place] }
        count += other.count
        longest = max(longest, other.longest)
    }

    /// What was added since an earlier state.
    func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var difference = self
        for place in buckets.indices { difference.buckets[place] -= earlier.buckets[place] }
        difference.count -= earlier.count
        return difference
    }

    var latency: AuditResult.Latency {
        count == 0 ? .init() : .init(p50: at(0.5), p90: at(0.9), p99: at(0.99), max: Double(longest) / 1000)
    }

    /// The percentile in milliseconds, the middle of its bucket.
    private func at(_ share: Double) -> Double {
        var left = Int(Double(count) * share)
        for (place, samples) in buckets.enumerated() where samples > 0 {
            left -= Int(samples)
            if left < 0 { return min(Self.middle(place), Double(longest)) / 1000 }
        }
        return Double(longest) / 1000
    }

    private static func bucket(_ value: UInt64) -> Int {
        guard value >= UInt64(steps) else { return Int(value) }
        let exponent = 63 - value.leadingZeroBitCount - 5
        return min(32 * 30 - 1, (exponent + 1) * steps + Int(value >> UInt64(exponent)) - steps)
    }

    private static func middle(_ bucket: Int) -> Double {
        guard bucket >= steps else { return Double(bucket) }
        let exponent = bucket / steps - 1
        return (Double(bucket % steps + steps) + 0.5) * Double(UInt64(1) << UInt64(exponent))
    }
}
