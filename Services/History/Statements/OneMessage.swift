import Postgres

/// One message (`message.sql`).
struct OneMessage: PostgresStatement {
    static let name = "message"
    static let sql = String(decoding: PackageResources.message_sql, as: UTF8.self)
    static let isRepeatable = true

    let conversation: Int64
    let id: StoredID

    var parameters: [PostgresParameter] { [.int8(conversation), .int8(id.ms), .int4(id.seq)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> MessageRow {
        try row.message(0)
    }
}
