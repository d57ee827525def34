import Postgres

/// Indexes anew messages that were changed, removed or stored late (`index_stale_words.sql`).
struct IndexStaleWords: PostgresStatement {
    static let name = "index_stale_words"
    static let sql = String(decoding: PackageResources.index_stale_words_sql, as: UTF8.self)

    /// The name of the history that does it.
    let holder: String
    let limit: Int

    var parameters: [PostgresParameter] { [.text(holder), .int8(Int64(limit))] }

    /// How many notes were seen to.
    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Int { Int(try row.int8(0)) }
}
