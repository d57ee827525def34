import Foundation

/// What `loadtest history` has found: as JSON, as Markdown, and whether the goals are met.
struct HistoryReport: Codable {
    /// The most that history may fall behind, in milliseconds.
    static let lagGoal = 1000.0
    /// How many times what its SQL takes a query may take over REST, in the middle.
    static let ratioGoal = 1.5

    struct Ingest: Codable {
        var rate: Int
        var body: Int
        var writers: Int
        var conversations: Int
        /// What came into the log, and of it into the table.
        var fed = 0
        var fedRate = 0.0
        var stored = 0
        /// Milliseconds.
        var lagP50 = 0.0
        var lagP99 = 0.0
        var lagMax = 0.0
        /// Entries of a transaction, on average.
        var batch = 0.0
        /// Processor microseconds for each message.
        var historyCPU = 0.0
        var postgresCPU = 0.0
        var redisCPU = 0.0
        /// Messages that waited in the log, and how fast they were stored.
        var rows = 0
        var rowsPerSecond = 0.0
        var copyRowsPerSecond = 0.0

        init(rate: Int, body: Int, writers: Int, conversations: Int) {
            (self.rate, self.body, self.writers, self.conversations) = (rate, body, writers, conversations)
        }

        var isMet: Bool { stored == fed && lagMax <= HistoryReport.lagGoal }
    }

    struct Query: Codable {
        var name: String
        var warmREST = Latencies.Summary(count: 0, p50: 0, p99: 0)
        var warmSQL = Latencies.Summary(count: 0, p50: 0, p99: 0)
        var coldREST = Latencies.Summary(count: 0, p50: 0, p99: 0)
        var coldSQL = Latencies.Summary(count: 0, p50: 0, p99: 0)

        init(name: String) { self.name = name }

        var isMet: Bool {
            warmREST.p50 <= warmSQL.p50 * HistoryReport.ratioGoal
                && coldREST.p50 <= coldSQL.p50 * HistoryReport.ratioGoal
        }
    }

    struct Queries: Codable {
        /// About how many there are in the table.
        var messages: Int
        /// What cold means.
        var cold: String
        /// An answer for which the database is not asked.
        var empty = Latencies.Summary(count: 0, p50: 0, p99: 0)
        var rows: [Query] = []

        init(messages: Int, cold: String) { (self.messages, self.cold) = (messages, cold) }
    }

    var date = ISO8601DateFormatter().string(from: Date())
    var command = "loadtest " + CommandLine.arguments.dropFirst().map(Self.shown).joined(separator: " ")
    var cores = ProcessInfo.processInfo.activeProcessorCount
    var ingest: Ingest?
    var queries: Queries?

    /// An argument without what may be secret.
    static func shown(_ argument: String) -> String { argument.contains("://") ? "…" : argument }

    var isMet: Bool { (ingest?.isMet ?? true) && (queries?.rows.allSatisfy(\.isMet) ?? true) }

    // MARK: Markdown

    var markdown: String {
        var text = "Date: \(date), \(cores) cores, everything on one machine  \nCommand: `\(command)`\n"
        if let ingest { text += "\n" + Self.markdown(ingest) }
        if let queries { text += "\n" + Self.markdown(queries) }
        return text
    }

    private static func markdown(_ ingest: Ingest) -> String {
        let lag = String(format: "p50 %.0f ms, p99 %.0f, longest %.0f", ingest.lagP50, ingest.lagP99, ingest.lagMax)
        let share = 100 * ingest.rowsPerSecond / max(1, ingest.copyRowsPerSecond)
        let rows: [(String, String)] = [
            ("put into the log", String(format: "%d, %.0f a second", ingest.fed, ingest.fedRate)),
            ("stored", "\(ingest.stored)" + (ingest.stored == ingest.fed ? "" : " **NOT ALL**")),
            ("behind", lag + (ingest.lagMax <= lagGoal ? "" : " **MORE THAN 1 S**")),
            ("entries of a transaction", String(format: "%.0f", ingest.batch)),
            (
                "CPU a message",
                String(
                    format: "history %.1f µs, Postgres %.1f, Redis %.1f", ingest.historyCPU, ingest.postgresCPU,
                    ingest.redisCPU)
            ),
            (
                "\(ingest.rows) that waited",
                String(
                    format: "%.0f rows/s; COPY of the same rows %.0f (%.0f %%)", ingest.rowsPerSecond,
                    ingest.copyRowsPerSecond, share)
            ),
        ]
        return table(
            [
                "Ingest, \(ingest.body)-byte bodies, \(ingest.conversations) conversations, \(ingest.writers) writers",
                "",
            ], rows.map { [$0.0, $0.1] })
    }

    private static func markdown(_ queries: Queries) -> String {
        let head = [
            "ms, \(queries.messages) messages", "warm REST p50", "p99", "SQL p50", "p99", "times", "cold REST p50",
            "p99", "SQL p50", "p99", "times",
        ]
        return table(head, queries.rows.map(cells))
            + "\nCold: \(queries.cold). Times: REST by SQL, in the middle; more than 1.5 is bold. A request for which nothing is asked (GET /healthz): p50 \(pair(queries.empty).joined(separator: ", p99 ")).\n"
    }

    private static func cells(_ row: Query) -> [String] {
        [row.name]
            + [(row.warmREST, row.warmSQL), (row.coldREST, row.coldSQL)].flatMap { rest, sql in
                let ratio = rest.p50 / max(0.000_001, sql.p50)
                return pair(rest) + pair(sql) + [String(format: ratio <= ratioGoal ? "%.2f" : "**%.2f**", ratio)]
            }
    }

    /// A query in one line of text.
    static func line(_ row: Query) -> String { cells(row).joined(separator: "  ") }

    private static func pair(_ summary: Latencies.Summary) -> [String] {
        [String(format: "%.2f", summary.p50), String(format: "%.2f", summary.p99)]
    }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        return line(head) + line(["---"] + head.dropFirst().map { _ in "---:" }) + rows.map(line).joined()
    }
}
