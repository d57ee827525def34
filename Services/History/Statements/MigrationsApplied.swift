import Postgres

/// The migrations that the database has had (`migrations_applied.sql`).
struct MigrationsApplied: PostgresStatement {
    static let name = "migrations_applied"
    static let sql = String(decoding: PackageResources.migrations_applied_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var version: Int
        var checksum: String
    }

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(version: Int(try row.int4(0)), checksum: try row.text(1))
    }
}
