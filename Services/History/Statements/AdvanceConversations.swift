import Postgres

/// Moves the last message of conversations forward (`advance_conversations.sql`).
struct AdvanceConversations: PostgresStatement {
    static let name = "advance_conversations"
    static let sql = String(decoding: PackageResources.advance_conversations_sql, as: UTF8.self)

    /// Each once.
    var names: [String] = []
    var ms: [Int64] = []
    var seq: [Int32] = []

    var parameters: [PostgresParameter] { [.textArray(names), .int8Array(ms), .int4Array(seq)] }
}
