import Postgres

/// How far old messages have been removed (`retention_progress.sql`).
struct RetentionProgressQuery: PostgresStatement {
    static let name = "retention_progress"
    static let sql = String(decoding: PackageResources.retention_progress_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var from: String
        var until: String
        /// Messages before this are gone.
        var through: Int64
    }

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(from: try row.text(0), until: try row.text(1), through: try row.int8(2))
    }
}

/// Notes how far old messages have been removed (`advance_retention.sql`).
struct AdvanceRetention: PostgresStatement {
    static let name = "advance_retention"
    static let sql = String(decoding: PackageResources.advance_retention_sql, as: UTF8.self)

    let from: String
    let until: String
    let through: Int64

    var parameters: [PostgresParameter] { [.text(from), .text(until), .int8(through)] }
}

/// Forgets what no rule is about any more (`forget_retention.sql`).
struct ForgetRetention: PostgresStatement {
    static let name = "forget_retention"
    static let sql = String(decoding: PackageResources.forget_retention_sql, as: UTF8.self)

    let kept: [HistoryRetention.Span]

    var parameters: [PostgresParameter] { [.textArray(kept.map(\.from)), .textArray(kept.map(\.until))] }
}

/// Removes a slice of old messages (`remove_old_messages.sql`).
struct RemoveOldMessages: PostgresStatement {
    static let name = "remove_old_messages"
    static let sql = String(decoding: PackageResources.remove_old_messages_sql, as: UTF8.self)

    struct Row: Hashable, Sendable {
        var removed: Int
        /// How many were found, and the last conversation that some were found in.
        var found: Int
        var lastFound: String
        /// How many conversations were looked at, and the last of them.
        var looked: Int
        var lastLooked: String
    }

    let from: String
    let until: String
    /// Milliseconds: from, and before.
    let after: Int64
    let before: Int64
    let conversations: Int
    let messages: Int

    var parameters: [PostgresParameter] {
        [
            .text(from), .text(until), .int8(after), .int8(before), .int8(Int64(conversations)),
            .int8(Int64(messages)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(
            removed: Int(try row.int8(0)), found: Int(try row.int8(1)), lastFound: try row.text(2),
            looked: Int(try row.int8(3)), lastLooked: try row.text(4))
    }
}

/// Drops the oldest partition of which everything is before an instant, and gives its name; empty when there is none (`drop_partition.sql`).
struct DropPartition: PostgresStatement {
    static let name = "drop_partition"
    static let sql = String(decoding: PackageResources.drop_partition_sql, as: UTF8.self)

    /// Milliseconds since the Unix epoch.
    let before: Int64

    var parameters: [PostgresParameter] { [.int8(before)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}

/// Removes what messages said before they were changed and that are too old for any rule, a slice; gives how many (`remove_old_originals.sql`).
struct RemoveOldOriginals: PostgresStatement {
    static let name = "remove_old_originals"
    static let sql = String(decoding: PackageResources.remove_old_originals_sql, as: UTF8.self)

    /// Milliseconds.
    let before: Int64
    let limit: Int

    var parameters: [PostgresParameter] { [.int8(before), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int { Int(try row.int8(0)) }
}
