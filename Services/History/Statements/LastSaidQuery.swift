import Postgres

/// The last message of a conversation up to each of some ids (`last_said.sql`).
struct LastSaidQuery: PostgresStatement {
    static let name = "last_said"
    static let sql = String(decoding: PackageResources.last_said_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var upTo: StoredID
        var message: StoredID
    }

    let conversation: Int64
    let ids: [StoredID]

    var parameters: [PostgresParameter] {
        [.int8(conversation), .int8Array(ids.map(\.ms)), .int4Array(ids.map(\.seq))]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(upTo: try row.id(0), message: try row.id(2))
    }
}
