import Postgres

/// Enters conversations not known yet (`add_conversations.sql`).
struct AddConversations: PostgresStatement {
    static let name = "add_conversations"
    static let sql = String(decoding: PackageResources.add_conversations_sql, as: UTF8.self)

    /// Each once.
    var names: [String] = []

    var parameters: [PostgresParameter] { [.textArray(names)] }
}
