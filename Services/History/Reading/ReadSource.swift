import Postgres

/// Where a request's statements run.
protocol ReadSource: Sendable {
    /// How far the log was stored there before the request's statements; nil: as far as it was stored at all.
    var positions: LogPositions? { get }

    /// Runs a query for a request.
    func read<S: PostgresStatement>(_ statement: S) async throws(PostgresError) -> [S.Row]
}

extension Database: ReadSource {
    var positions: LogPositions? { nil }
}
