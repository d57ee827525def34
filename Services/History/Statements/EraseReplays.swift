import Postgres

/// Makes tombstones of messages that came late, if their senders have been erased since (`erase_replays.sql`).
struct EraseReplays: PostgresStatement {
    static let name = "erase_replays"
    static let sql = String(decoding: PackageResources.erase_replays_sql, as: UTF8.self)

    var conversations: [String] = []
    var ms: [Int64] = []
    var seq: [Int32] = []

    var parameters: [PostgresParameter] { [.textArray(conversations), .int8Array(ms), .int4Array(seq)] }
}
