/// Two runs side by side, as ratios.
struct Comparison {
    struct Row: Equatable {
        var name: String
        var old: Double
        var new: Double
        /// New by old; nil where there is nothing to divide by.
        var ratio: Double? { old == 0 ? nil : new / old }
    }

    let rows: [Row]
    /// What only one of the two has.
    let missing: [String]

    init(old: LoadReport, new: LoadReport) {
        let (before, after) = (Self.figures(old), Self.figures(new))
        let known = Dictionary(before, uniquingKeysWith: { first, _ in first })
        rows = after.compactMap { name, value in known[name].map { Row(name: name, old: $0, new: value) } }
        let names = Set(after.map(\.0))
        // A step that only one of them has is named, and not each of its figures.
        let steps = [old, new].map { Set($0.steps.map(\.name)) }
        let alone = old.steps.filter { !steps[1].contains($0.name) } + new.steps.filter { !steps[0].contains($0.name) }
        let single = before.map(\.0).filter { !names.contains($0) } + after.map(\.0).filter { known[$0] == nil }
        missing =
            alone.map { "the step \($0.name)" }
            + single.filter { figure in !alone.contains { figure.hasPrefix("\($0.name): ") } }
    }

    var text: String {
        let table = ReportTable.columns(
            [["", "before", "now", "ratio"]]
                + rows.map { row in
                    [
                        row.name, ReportTable.number(row.old), ReportTable.number(row.new),
                        row.ratio.map(ReportTable.number) ?? "–",
                    ]
                })
        return (table + missing.map { "only in one of the two: \($0)" }).joined(separator: "\n")
    }

    private static func figures(_ report: LoadReport) -> [(String, Double)] {
        report.steps.flatMap { step in
            [("\(step.name): \(step.unit)/s", step.rate)]
                + step.latencies.sorted { $0.key < $1.key }.flatMap { name, latency in
                    [
                        ("\(step.name): \(name) p50 ms", latency.p50), ("\(step.name): \(name) p99 ms", latency.p99),
                    ]
                }
                + step.processes.map { ("\(step.name): \($0.name) µs each", $0.microseconds) }
                + step.figures.map { ("\(step.name): \($0.name) \($0.unit)", $0.value) }
        }
    }
}
