import Postgres

/// A user's memberships, and how far they have read (`memberships.sql`).
struct MembershipsQuery: PostgresStatement {
    static let name = "memberships"
    static let sql = String(decoding: PackageResources.memberships_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var key: Int64
        var conversation: String
        var interval: Interval
        /// The user's read mark in the conversation, and when it was set.
        var read: (id: StoredID, at: Int64)?
    }

    let user: String
    /// Behind this one.
    let key: Int64
    let joined: StoredID
    let limit: Int

    var parameters: [PostgresParameter] {
        [.text(user), .int8(key), .int8(joined.ms), .int4(joined.seq), .int8(Int64(limit))]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(
            key: try row.int8(0), conversation: try row.text(1),
            interval: Interval(after: try row.id(2), before: try row.id(4)),
            read: row.isNull(6) ? nil : (try row.id(6), try row.int8(8)))
    }
}

/// Topics by name (`topics.sql`).
struct TopicsQuery: PostgresStatement {
    static let name = "topics"
    static let sql = String(decoding: PackageResources.topics_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var key: Int64
        var name: String
    }

    let after: String
    let limit: Int

    var parameters: [PostgresParameter] { [.text(after), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(key: try row.int8(0), name: try row.text(1))
    }
}

/// Which of the next messages of a conversation are a user's, and the last that was looked at (`own_messages.sql`).
struct OwnMessagesQuery: PostgresStatement {
    static let name = "own_messages"
    static let sql = String(decoding: PackageResources.own_messages_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var id: StoredID
        /// If it is not, it is there only as the last one.
        var isOwn: Bool
    }

    let conversation: Int64
    let user: String
    let after: StoredID
    let limit: Int

    var parameters: [PostgresParameter] {
        [.int8(conversation), .text(user), .int8(after.ms), .int4(after.seq), .int8(Int64(limit))]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(id: try row.id(0), isOwn: try row.bool(2))
    }
}
