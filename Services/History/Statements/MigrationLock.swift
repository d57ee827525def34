import Postgres

/// Waits for its turn to migrate, until the end of the transaction (`migration_lock.sql`).
struct MigrationLock: PostgresStatement {
    static let name = "migration_lock"
    static let sql = String(decoding: PackageResources.migration_lock_sql, as: UTF8.self)

    /// Any number that nobody else uses in the database: "sbhist" in ASCII.
    var parameters: [PostgresParameter] { [.int8(0x7362_6869_7374)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}
