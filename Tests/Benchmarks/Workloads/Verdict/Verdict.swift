/// Whether workloads take about what they usually take, by the ratio to their references.
public struct Verdict: Sendable {
    /// How many times the usual ratio is too much. Generous: compilers, processors and neighbours differ, while what is worth finding (a copy too many, a
    /// look-up for each byte, something quadratic) shows many times over.
    public static let tolerance = 2.5

    /// A line of the table.
    public struct Row: Sendable {
        public let name: String
        public let usual: Double
        /// Nil when it was not measured.
        public let measurement: Measurement?

        /// The highest ratio that passes.
        public var limit: Double { usual * Verdict.tolerance }

        /// What is wrong with it, for a person; nil when nothing is.
        public var failure: String? {
            guard let ratio = measurement?.ratio else { return "\(name): was not measured" }
            guard ratio > limit else { return nil }
            return "\(name): takes \(Table.figure(ratio)) times its reference, the limit is \(Table.figure(limit))"
                + " (\(Table.figure(Verdict.tolerance)) times the usual \(Table.figure(usual)))"
        }

        /// What is to be said of it although it passes: it has become so much faster that its limit finds nothing any more.
        public var hint: String? {
            guard let ratio = measurement?.ratio, ratio * Verdict.tolerance < usual else { return nil }
            return "\(name): takes only \(Table.figure(ratio)) times its reference:"
                + " write that down in place of the usual \(Table.figure(usual))"
        }
    }

    public let rows: [Row]

    /// A verdict on these, by their names.
    public init(_ usual: [(name: String, ratio: Double)], _ measurements: [String: Measurement]) {
        rows = usual.map { Row(name: $0.name, usual: $0.ratio, measurement: measurements[$0.name]) }
    }

    /// A verdict on all workloads.
    /// - Parameter runs: What each run has written.
    public init(_ runs: [[JMHResult]]) {
        let workloads = Workload.all.map { (name: $0.name, ratio: $0.usual) }
        self.init(workloads, JMHResult.measurements(runs, of: workloads.map(\.name)))
    }

    /// What is too slow, or was not measured.
    public var failures: [String] { rows.compactMap(\.failure) }

    public var hints: [String] { rows.compactMap(\.hint) }
}
