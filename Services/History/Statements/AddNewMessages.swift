import Postgres

/// Stores messages of which none is there yet: when one is, the server refuses the whole (`add_messages.sql`).
struct AddNewMessages: PostgresStatement {
    static let name = "add_new_messages"
    static let sql = String(decoding: PackageResources.add_messages_sql, as: UTF8.self)

    let messages: AddMessages

    var parameters: [PostgresParameter] { messages.parameters }
}
