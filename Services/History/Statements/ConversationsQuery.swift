import Postgres

/// A user's conversations, the one with the newest message first (`conversations.sql`). It gives more than `limit` where the last
/// ones share a place.
struct ConversationsQuery: PostgresStatement {
    static let name = "conversations"
    static let sql = String(decoding: PackageResources.conversations_sql, as: UTF8.self)
    static let isRepeatable = true

    /// How many messages after the read mark are looked at; the number is in the SQL.
    static let examined = 2000

    struct Row: Sendable {
        var conversation: String
        /// What the list is ordered by.
        var place: StoredID
        var last: MessageRow?
        var read: StoredID?
        /// Others' messages among those looked at.
        var unread: Int
        /// Whether there were too many to look at all.
        var isCutShort: Bool
    }

    let user: String
    /// Not in the result.
    let before: StoredID
    let limit: Int

    var parameters: [PostgresParameter] {
        [.text(user), .int8(before.ms), .int4(before.seq), .int8(Int64(limit))]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        let last = row.isNull(3) ? nil : try row.message(3)
        return Row(
            conversation: try row.text(0), place: try row.id(1), last: last,
            read: row.isNull(10) ? nil : try row.id(10), unread: Int(try row.int8(12)),
            isCutShort: try row.int8(13) == Int64(examined))
    }
}
