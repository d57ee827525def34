import Logging
import Postgres
import ServiceRuntime
import TestStack

@testable import History

/// A database with history's own connections, on a fresh schema; no other part of a history runs.
struct HousekeepingBench: Sendable {
    let test: TestDatabase
    let database: Database
    let registry = PrometheusRegistry()
    let metrics: HousekeepingMetrics
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// Calls `body` while the database is watched.
    static func with<Value>(_ body: (HousekeepingBench) async throws -> Value) async throws -> Value {
        let bench = try await HousekeepingBench()
        let (prepared, isPrepared) = AsyncStream.makeStream(of: Void.self)
        bench.database.whenPrepared { isPrepared.finish() }
        let run = Task { try await bench.database.run() }
        defer { run.cancel() }
        for await _ in prepared {}
        return try await body(bench)
    }

    private init() async throws {
        test = try await TestDatabase.migrated()
        database = Database(
            try PostgresConfiguration(url: test.url, applicationName: "test"), connections: 2, writers: 2, search: nil,
            metrics: HistoryMetrics(registry), readiness: Readiness(), logger: quiet)
        metrics = HousekeepingMetrics(registry)
    }

    func lease(_ holder: String = "one") -> HousekeepingLease { HousekeepingLease(database: database, holder: holder) }

    func retention(
        _ rules: String, holder: String = "one", size: RetentionWork.Size = .init()
    ) throws -> RetentionWork {
        RetentionWork(
            retention: try HistoryRetention(rules), lease: lease(holder), metrics: metrics, logger: quiet, size: size)
    }

    /// What the database says to a query of one value, as text.
    func value(_ sql: String) async throws -> String? { try await test.execute(ValueQuery(query: sql)).first ?? nil }

}

/// One value of a query that is only known at run time, as text; nil for NULL.
struct ValueQuery: PostgresStatement {
    static let name = "value"
    static let sql =
        "select (xpath('/row/c/text()', query_to_xml('select (' || $1 || ')::text as c', false, true, '')))[1]::text"

    let query: String

    var parameters: [PostgresParameter] { [.text(query)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String? {
        row.isNull(0) ? nil : try row.text(0)
    }
}
