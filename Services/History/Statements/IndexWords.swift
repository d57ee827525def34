import Postgres

/// Indexes the words of the next messages (`index_words.sql`).
struct IndexWords: PostgresStatement {
    static let name = "index_words"
    static let sql = String(decoding: PackageResources.index_words_sql, as: UTF8.self)

    struct Row: Hashable, Sendable {
        /// Up to here all is indexed now.
        var reached: StoredID
        var messages: Int
    }

    /// The name of the history that does it.
    let holder: String
    /// Up to here all that there will be has been stored.
    let through: StoredID
    let limit: Int
    /// Whether to be ready for messages that Postgres cannot read, and for those that are indexed already; if not, one such has the whole refused.
    var isCareful = false

    var parameters: [PostgresParameter] {
        [.text(holder), .int8(through.ms), .int4(through.seq), .int8(Int64(limit)), .bool(isCareful)]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(reached: try row.id(0), messages: Int(try row.int8(2)))
    }
}
