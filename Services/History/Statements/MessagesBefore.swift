/// The newest messages within intervals of ids, newest first (`messages_before.sql`).
struct MessagesBefore: MessagesQuery {
    static let name = "messages_before"
    static let sql = String(decoding: PackageResources.messages_before_sql, as: UTF8.self)

    let conversation: Int64
    let intervals: [Interval]
    let limit: Int
}
