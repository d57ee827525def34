import Postgres

/// Whether the schema is there (`schema_exists.sql`).
struct SchemaExists: PostgresStatement {
    static let name = "schema_exists"
    static let sql = String(decoding: PackageResources.schema_exists_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}
