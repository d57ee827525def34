import Postgres

/// The newest canary of each partition (`canaries.sql`).
struct CanariesQuery: PostgresStatement {
    static let name = "canaries"
    static let sql = String(decoding: PackageResources.canaries_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var partition: Int32
        var id: StoredID
        /// When it was stored, in milliseconds since the Unix epoch.
        var at: Int64
    }

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(partition: try row.int4(0), id: try row.id(1), at: try row.int8(3))
    }
}
