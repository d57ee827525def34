/// The fixed upper bounds of histograms.
///
/// A timer, and a recorder whose label ends in `seconds`, has ``seconds``; one whose label ends in `bytes` has ``bytes``; any other ``counts``.
enum HistogramBuckets {
    /// From 100 µs to 10 s.
    static let seconds: [Double] = [
        0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// From 64 bytes to 16 MiB.
    static let bytes: [Double] = [64, 256, 1024, 4096, 16384, 65536, 262_144, 1_048_576, 4_194_304, 16_777_216]

    /// From 1 to 10,000.
    static let counts: [Double] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000]

    static func bounds(for label: String) -> [Double] {
        if label.hasSuffix("seconds") { return seconds }
        if label.hasSuffix("bytes") { return bytes }
        return counts
    }
}
