import Postgres

/// Who is in a conversation or has read in it, by user, and up to where (`receipts.sql`).
struct ReceiptsQuery: PostgresStatement {
    static let name = "receipts"
    static let sql = String(decoding: PackageResources.receipts_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var user: String
        /// nil: the user has not said that anything was read.
        var id: StoredID?
        /// When the user said so.
        var at: Int64?
    }

    let conversation: Int64
    /// Users after this one, bytewise; the empty text is before all.
    let after: String
    let limit: Int

    var parameters: [PostgresParameter] { [.int8(conversation), .text(after), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        let isRead = !row.isNull(1)
        return Row(user: try row.text(0), id: isRead ? try row.id(1) : nil, at: isRead ? try row.int8(3) : nil)
    }
}
