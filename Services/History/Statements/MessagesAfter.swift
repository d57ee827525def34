/// The oldest messages within intervals of ids, oldest first (`messages_after.sql`).
struct MessagesAfter: MessagesQuery {
    static let name = "messages_after"
    static let sql = String(decoding: PackageResources.messages_after_sql, as: UTF8.self)

    let conversation: Int64
    let intervals: [Interval]
    let limit: Int
}
