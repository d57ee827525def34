import Postgres
import ServiceRuntime

/// Takes or keeps the lease to fill the index of words (`search_lease.sql`).
struct SearchLease: PostgresStatement {
    static let name = "search_lease"
    static let sql = String(decoding: PackageResources.search_lease_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var isHeld: Bool
        /// Up to here all is indexed.
        var reached: StoredID
    }

    /// The name of the history that asks.
    let holder: String
    let duration: Duration

    var parameters: [PostgresParameter] {
        [
            .text(holder),
            .int8(duration.inMilliseconds),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(isHeld: try row.bool(0), reached: try row.id(1))
    }
}
