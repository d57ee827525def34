import Postgres

/// How far each partition of the log is stored, and in which database (`positions.sql`).
struct PositionsQuery: PostgresStatement {
    static let name = "positions"
    static let sql = String(decoding: PackageResources.positions_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        /// nil: nothing is stored yet.
        var position: Position?
        /// Which database it is, or a copy of which.
        var origin: Int64
        var isStandby: Bool
    }

    struct Position: Hashable, Sendable {
        var partition: Int
        var id: StoredID
    }

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        let position: Position? =
            row.isNull(0) ? nil : Position(partition: Int(try row.int4(0)), id: try row.id(1))
        return Row(position: position, origin: try row.int8(3), isStandby: try row.bool(4))
    }
}

extension LogPositions {
    init(_ rows: [PositionsQuery.Row]) {
        self.init()
        for case let position? in rows.map(\.position) { raise(position.partition, to: position.id) }
    }
}
