import Postgres

/// A conversation's key and a user's memberships in it (`access.sql`).
struct AccessQuery: PostgresStatement {
    static let name = "access"
    static let sql = String(decoding: PackageResources.access_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var key: Int64
        /// nil: the conversation is there, and the user was never a member.
        var membership: Interval?
    }

    let conversation: String
    let user: String

    var parameters: [PostgresParameter] { [.text(conversation), .text(user)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        let membership = row.isNull(1) ? nil : Interval(after: try row.id(1), before: try row.id(3))
        return Row(key: try row.int8(0), membership: membership)
    }
}
