public import FoundationEssentials

/// What the benchmarks' package writes for each benchmark (`--format jmh`), as far as it is looked at.
public struct JMHResult: Decodable, Sendable {
    /// The names of the two metrics of ours: nanoseconds of a slice, and those of a slice of the reference.
    public static let work = "work"
    public static let reference = "reference"

    private static let instructions = "Instructions"

    /// A metric over all slices.
    struct Metric: Decodable {
        /// By percentile, `0.0` to `100.0`: that of throughput from the highest, that of all else from the lowest.
        var scorePercentiles: [String: Double]

        var first: Double? { scorePercentiles["0.0"] }
        var middle: Double? { scorePercentiles["50.0"] }
    }

    /// The benchmark's name behind that of its target, with `_` for blanks.
    var benchmark: String
    /// Throughput: slices a second.
    var primaryMetric: Metric
    var secondaryMetrics: [String: Metric]?

    /// Reads what one run has written.
    public static func read(_ json: Data) throws -> [JMHResult] {
        try JSONDecoder().decode([JMHResult].self, from: json)
    }

    private var measurement: Measurement? {
        guard let work = secondaryMetrics?[Self.work]?.first, let reference = secondaryMetrics?[Self.reference]?.first
        else { return nil }
        let operations = Double(Workload.operations)
        return Measurement(
            work: work / operations, reference: reference / operations,
            rate: (primaryMetric.middle ?? 0) * operations,
            // A machine that does not count them says none, or 0.
            instructions: (secondaryMetrics?[Self.instructions]?.first).flatMap { $0 > 0 ? $0 / operations : nil })
    }

    /// The measurements of these workloads over all runs.
    static func measurements(_ runs: [[JMHResult]], of names: [String]) -> [String: Measurement] {
        let known = Dictionary(uniqueKeysWithValues: names.map { ($0.replacing(" ", with: "_"), $0) })
        var measurements: [String: Measurement] = [:]
        for result in runs.joined() {
            guard let name = known[result.name], let measurement = result.measurement else { continue }
            measurements[name] = measurements[name]?.merged(with: measurement) ?? measurement
        }
        return measurements
    }

    /// Behind `package.benchmark.HotPaths.`
    private var name: String { benchmark.split(separator: ".", maxSplits: 3).last.map(String.init) ?? benchmark }
}
