import Foundation

/// A report as text, for the terminal.
struct ReportTable {
    let report: LoadReport

    var text: String {
        var lines: [String] = []
        for step in report.steps { lines += Self.lines(step) + [""] }
        if !report.budgets.isEmpty {
            lines +=
                Self.columns(
                    [["budget", "must", "aim", "reached", ""]]
                        + report.budgets.map { budget in
                            let sign = budget.better == .lower ? "≤" : "≥"
                            return [
                                budget.name, "\(sign) \(Self.number(budget.must)) \(budget.unit)",
                                budget.aim.map(Self.number) ?? "", Self.number(budget.reached), Self.verdict(budget),
                            ]
                        }) + [""]
        }
        let broken = report.violations.filter { $0.value > 0 }.sorted { $0.key < $1.key }
        lines.append(
            broken.isEmpty
                ? "no promise broken" : "BROKEN: " + broken.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        lines += report.examples.prefix(10).map { "  ! \($0)" }
        lines += report.invalid.map { "INVALID: \($0)" }
        return lines.joined(separator: "\n")
    }

    static func verdict(_ budget: Budget) -> String {
        budget.isMet ? (budget.aim != nil && budget.isAimMet ? "aim met" : "met") : "MISSED"
    }

    private static func lines(_ step: LoadReport.Step) -> [String] {
        let wanted = step.wanted.map { ", \(number($0)) wanted" } ?? ""
        // What was not counted by the second has figures alone.
        var lines = [
            step.seconds == 0
                ? step.name
                : "\(step.name): \(number(step.rate)) \(step.unit)/s\(wanted), \(step.count) in \(number(step.seconds)) s"
        ]
        var rows: [[String]] = []
        for (name, latency) in step.latencies.sorted(by: { $0.key < $1.key }) {
            rows.append(
                [name]
                    + ([latency.p50, latency.p90, latency.p99, latency.p999, latency.max] as [Double?]).map {
                        $0.map(number) ?? ""
                    })
        }
        if !rows.isEmpty { lines += columns([["  ms", "p50", "p90", "p99", "p99.9", "longest"]] + indented(rows)) }
        if !step.processes.isEmpty {
            lines += columns(
                [["  CPU", "s", "µs each", "MiB"]]
                    + indented(
                        step.processes.map {
                            [
                                $0.name, number($0.cpuSeconds), number($0.microseconds),
                                number(Double($0.residentBytes) / 1_048_576),
                            ]
                        } + [["servers", "", number(step.serverMicroseconds), ""]]))
        }
        lines += columns(indented(step.figures.map { [$0.name, number($0.value), $0.unit] }))
        return lines
    }

    private static func indented(_ rows: [[String]]) -> [[String]] {
        rows.map { row in ["  \(row[0])"] + row.dropFirst() }
    }

    /// The first column to the left, the others to the right.
    static func columns(_ rows: [[String]]) -> [String] {
        let count = rows.map(\.count).max() ?? 0
        let widths = (0..<count).map { column in rows.map { $0.count > column ? $0[column].count : 0 }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let blanks = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + blanks : blanks + cell
            }.joined(separator: "  ")
        }
    }

    /// Three digits, or all before the point, with commas between thousands.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "–" }
        let size = abs(value)
        if size < 9.995, value != value.rounded() { return String(format: "%.2f", value) }
        if size < 99.95, value != value.rounded() { return String(format: "%.1f", value) }
        var digits = String(format: "%.0f", size)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        groups.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + groups.joined(separator: ",")
    }
}
