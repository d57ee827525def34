import Postgres

/// A conversation's key, its last message and a user's memberships in it (`access.sql`).
struct AccessQuery: PostgresStatement {
    static let name = "access"
    static let sql = String(decoding: PackageResources.access_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var key: Int64
        /// The last message when the memberships were looked up; zero when there was none.
        var last: StoredID
        /// nil: the conversation is there, and the user was never a member.
        var membership: Interval?
    }

    let conversation: String
    let user: String

    var parameters: [PostgresParameter] { [.text(conversation), .text(user)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        let membership = row.isNull(3) ? nil : Interval(after: try row.id(3), before: try row.id(5))
        return Row(key: try row.int8(0), last: try row.id(1), membership: membership)
    }
}
