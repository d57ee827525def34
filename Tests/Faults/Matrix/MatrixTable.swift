import Foundation
import TestStack

/// The results as a table: a row for each fault over all its seeds, for the terminal and as Markdown.
struct MatrixTable {
    /// The violations of a row that have columns of their own.
    private static let columns: [(name: String, kinds: [AuditViolation])] = [
        ("lost", [.lost]), ("repeated", [.repeated, .acceptedTwice]), ("out of order", [.outOfOrder]),
        ("foreign", [.foreign, .altered, .foreignInPostgres, .foreignInHistory]),
        ("history missing", [.missingInPostgres, .missingInHistory]),
        ("history doubled", [.doubledInPostgres, .doubledInHistory]),
    ]
    /// What the columns of violations do not show.
    private static let others = AuditViolation.allCases.filter { kind in !columns.contains { $0.kinds.contains(kind) } }

    private static let header =
        ["fault", "accepted", "delivered"] + columns.map(\.name) + [
            "other", "reconnected, s", "presence right, s", "lag normal, s", "longest wait, s", "seeds", "",
        ]

    let cells: [MatrixCell]

    /// The table with its heading, as Markdown.
    var markdown: String {
        var text = heading.map { "\($0)  \n" }.joined() + "\n"
        text +=
            line(Self.header)
            + line(["---"] + Self.header.dropFirst().dropLast(2).map { _ in "---:" } + ["---", "---"])
        for row in rows { text += line(row) }
        let notes = footnotes
        if !notes.isEmpty { text += "\n" + notes.map { "- \($0)\n" }.joined() }
        return text
    }

    /// The same for a terminal: columns aligned.
    var text: String {
        let table = [Self.header] + rows
        let widths = Self.header.indices.map { column in table.map { $0[column].count }.max() ?? 0 }
        let lines = table.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column == 0 || column >= row.count - 2 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }
        return (heading + [""] + lines + (footnotes.isEmpty ? [] : [""]) + footnotes.map { "! \($0)" })
            .joined(separator: "\n") + "\n"
    }

    /// When, on what, of what and how it was run: a line for each that differs.
    private var heading: [String] {
        func span(_ values: [String]) -> String {
            var seen: [String] = []
            for value in values where !seen.contains(value) { seen.append(value) }
            return seen.joined(separator: "; ")
        }
        let conditions = cells.map(\.conditions)
        let dates = conditions.map { $0.date }.sorted()
        let traffic = conditions.map {
            String(format: "%.0f messages/s for %.0f s and more, %d clients", $0.rate, $0.duration, $0.clients)
        }
        return [
            "Date: \(dates.first ?? "")" + (dates.first == dates.last ? "" : " to \(dates.last ?? "")"),
            "Machine: \(span(conditions.map(\.machine)))",
            "Commit: \(span(conditions.map { "\($0.commit) (\($0.build))" }))",
            "Traffic: \(span(traffic))",
            "Command: \(span(conditions.map { "`\($0.command)`" }))",
        ]
    }

    private var rows: [[String]] {
        var order: [String] = []
        for cell in cells where !order.contains(cell.name) { order.append(cell.name) }
        return order.map { name in row(cells.filter { $0.name == name }) }
    }

    private func row(_ cells: [MatrixCell]) -> [String] {
        let audits = cells.compactMap(\.audit)
        func sum(_ value: (AuditResult) -> Int) -> String {
            audits.isEmpty ? "–" : "\(audits.reduce(0) { $0 + value($1) })"
        }
        func count(_ kinds: [AuditViolation]) -> String {
            sum { audit in kinds.reduce(0) { $0 + (audit.violations[$1] ?? 0) } }
        }
        /// The worst of all seeds; "never" where one never came to be.
        func worst(_ values: [Double?]) -> String {
            if values.isEmpty { return "–" }
            return values.contains { $0 == nil }
                ? "never" : String(format: "%.1f", values.compactMap(\.self).max() ?? 0)
        }
        let recoveries = audits.flatMap(\.recoveries)
        let verdicts = Set(cells.map(\.verdict))
        let verdict: MatrixCell.Verdict =
            [.failed, .violations, .skipped].first { verdicts.contains($0) } ?? .clean
        let way = cells[0].way
        return [cells[0].title + (way.isEmpty ? "" : " (\(way.dropFirst()))"), sum(\.accepted), sum(\.delivered)]
            + Self.columns.map { count($0.kinds) } + [
                count(Self.others), worst(recoveries.map(\.reconnectSeconds)), worst(recoveries.map(\.presenceSeconds)),
                worst(cells.filter { $0.audit != nil }.map(\.lagSeconds)), worst(audits.map { $0.delivery.max / 1000 }),
                cells.map { "\($0.seed)" }.joined(separator: " "), verdict.rawValue,
            ]
    }

    /// What the numbers do not say: why something was skipped or failed, which other violations, what was wrong besides.
    private var footnotes: [String] {
        cells.flatMap { cell in
            let name = "\(cell.name), seed \(cell.seed)"
            var notes = cell.complaints.map { "\(name): \($0)" }
            if let reason = cell.skipped { notes.append("\(cell.fault): skipped: \(reason)") }
            if let reason = cell.failed { notes.append("\(name): could not run: \(reason.prefix(300))") }
            for (kind, count) in (cell.audit?.violations ?? [:]).sorted(by: { $0.key < $1.key }) {
                let remark = cell.unpromised.contains(kind) ? ", which is not promised here" : ""
                notes.append("\(name): \(count) \(kind.rawValue)\(remark)")
            }
            return notes
        }.reduce(into: []) { notes, note in if !notes.contains(note) { notes.append(note) } }
    }

    private func line(_ fields: [String]) -> String { "| " + fields.joined(separator: " | ") + " |\n" }
}
