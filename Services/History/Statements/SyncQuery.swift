import Messaging
import Postgres

/// Everything for a user between two ids, oldest first (`sync.sql`). It gives more than `limit` where the last ones share an id.
struct SyncQuery: PostgresStatement {
    static let name = "sync"
    static let sql = String(decoding: PackageResources.sync_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var conversation: String
        var message: MessageRow
    }

    let user: String
    /// Not in the result.
    let after: StoredID
    /// In the result.
    let through: StoredID
    let limit: Int

    var parameters: [PostgresParameter] {
        [
            .text(user), .int8(after.ms), .int4(after.seq), .int8(through.ms), .int4(through.seq), .int8(Int64(limit)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(conversation: try row.text(0), message: try row.message(1))
    }
}
