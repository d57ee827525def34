/// What a part of a run has found, on its way into the report.
struct LoadOutcome: Sendable {
    /// Latencies for the histogram log.
    struct Recorded: Sendable {
        var name: String
        var recorder: LatencyRecorder
        var from: UInt64
        var to: UInt64
    }

    var steps: [LoadReport.Step] = []
    var budgets: [Budget] = []
    /// Broken promises by name. What several parts have found adds up.
    var violations: [String: Int] = [:]
    var examples: [String] = []
    var invalid: [String] = []
    var recorded: [Recorded] = []

    /// Adds what another part has found.
    mutating func add(_ other: LoadOutcome) {
        steps += other.steps
        budgets += other.budgets
        violations.merge(other.violations, uniquingKeysWith: +)
        examples += other.examples
        invalid += other.invalid
        recorded += other.recorded
    }
}
