import Postgres

/// Whether the database answers, and takes writes (`probe.sql`).
struct Probe: PostgresStatement {
    static let name = "probe"
    static let sql = String(decoding: PackageResources.probe_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}
