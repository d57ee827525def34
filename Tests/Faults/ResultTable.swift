import Foundation
import ServiceRuntime
import TestStack

/// Results as a table: on the terminal, as Markdown, as JSON.
enum ResultTable {
    /// One run.
    struct Row: Codable, Sendable {
        /// What happened during it.
        var name: String
        var result: AuditResult
        /// Words about how it ended, when it is not the result alone; such as that it could not run.
        var note: String?
    }

    private static let head = [
        "fault", "seed", "accepted", "delivered", "rereads", "gaps", "sessions", "changes", "history", "rows",
        "p50 ms", "p99 ms", "connected", "presence", "violations",
    ]

    /// Prints the table and the first violations, and writes the files asked for.
    static func show(_ rows: [Row], _ settings: Settings) throws {
        say(text(rows))
        for row in rows { for line in examples(row) { say(line) } }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try write(encoder.encode(rows) + Data("\n".utf8), to: settings.optionalString("json"))
        try write(Data(markdown(rows).utf8), to: settings.optionalString("markdown"))
    }

    /// The table with aligned columns.
    static func text(_ rows: [Row]) -> String {
        let lines = [head] + rows.map(cells)
        let widths = head.indices.map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            line.enumerated().map { $1.padding(toLength: widths[$0], withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// The table as Markdown, and below it the first violations.
    static func markdown(_ rows: [Row]) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        var text = line(head) + line(head.map { _ in "---" })
        for row in rows { text += line(cells(row)) }
        let examples = rows.flatMap(examples)
        if !examples.isEmpty { text += "\n```\n" + examples.joined(separator: "\n") + "\n```\n" }
        return text
    }

    private static func cells(_ row: Row) -> [String] {
        let result = row.result
        func seconds(_ value: Double?) -> String { value.map { String(format: "%.1f s", $0) } ?? "–" }
        let violations = result.violations.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key.rawValue)" }
        let verdict = row.note ?? (violations.isEmpty ? "none" : violations.joined(separator: ", "))
        return [
            row.name, "\(result.seed)", "\(result.accepted)", "\(result.delivered)/\(result.expected)",
            "\(result.rereads)", "\(result.gaps)", "\(result.sessions)", "\(result.membershipChanges)",
            "\(result.history)", "\(result.rows)", String(format: "%.2f", result.delivery.p50),
            String(format: "%.1f", result.delivery.p99), seconds(result.reconnectSeconds),
            seconds(result.presenceSeconds), verdict,
        ]
    }

    /// The first violations with all that is known of them.
    private static func examples(_ row: Row) -> [String] {
        row.result.examples.flatMap { example in
            ["", "\(row.name), seed \(row.result.seed): \(example.kind.rawValue): \(example.text)"]
                + example.history.map { "    \($0)" }
        }
    }

    private static func write(_ data: Data, to path: String?) throws {
        guard let path else { return }
        if path == "-" {
            FileHandle.standardOutput.write(data)
        } else {
            try data.write(to: URL(fileURLWithPath: path))
        }
    }
}
