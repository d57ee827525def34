import Postgres

/// How far the users have read a conversation, by user (`receipts.sql`).
struct ReceiptsQuery: PostgresStatement {
    static let name = "receipts"
    static let sql = String(decoding: PackageResources.receipts_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var user: String
        var id: StoredID
        var at: Int64
    }

    let conversation: Int64
    /// Users after this one, bytewise; the empty text is before all.
    let after: String
    let limit: Int

    var parameters: [PostgresParameter] { [.int8(conversation), .text(after), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(user: try row.text(0), id: try row.id(1), at: try row.int8(3))
    }
}
