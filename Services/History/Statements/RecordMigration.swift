import Postgres

/// Notes that a migration has been applied (`record_migration.sql`).
struct RecordMigration: PostgresStatement {
    static let name = "record_migration"
    static let sql = String(decoding: PackageResources.record_migration_sql, as: UTF8.self)

    let migration: Migration

    var parameters: [PostgresParameter] {
        [.int4(Int32(migration.version)), .text(migration.name), .text(migration.checksum)]
    }
}
