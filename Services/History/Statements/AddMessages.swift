import Postgres

/// Stores messages; those that are there already stay as they are (`add_messages.sql`).
struct AddMessages: PostgresStatement {
    static let name = "add_messages"
    static let sql = String(decoding: PackageResources.add_messages_sql, as: UTF8.self)

    var conversations: [String] = []
    var ms: [Int64] = []
    var seq: [Int32] = []
    var senders: [String] = []
    var data: [[UInt8]] = []

    var parameters: [PostgresParameter] {
        [
            .textArray(conversations), .int8Array(ms), .int4Array(seq), .textArray(senders), .textArray(bytes: data),
        ]
    }
}
