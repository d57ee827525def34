import Postgres

/// How far each partition of the log is stored (`positions.sql`).
struct PositionsQuery: PostgresStatement {
    static let name = "positions"
    static let sql = String(decoding: PackageResources.positions_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var partition: Int
        var id: StoredID
    }

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(partition: Int(try row.int4(0)), id: try row.id(1))
    }
}

extension LogPositions {
    init(_ rows: [PositionsQuery.Row]) {
        self.init()
        for row in rows { raise(row.partition, to: row.id) }
    }
}
