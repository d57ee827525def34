import Postgres

/// What a search asks for, and how far it reaches (`search_terms.sql`).
struct SearchTermsQuery: PostgresStatement {
    static let name = "search_terms"
    static let sql = String(decoding: PackageResources.search_terms_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        /// Words and operators.
        var nodes: Int
        /// Whether there is a word to be met.
        var asksForAWord: Bool
        /// Up to here messages are found by their words.
        var indexed: StoredID
    }

    let query: String

    var parameters: [PostgresParameter] { [.text(query)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(nodes: Int(try row.int4(0)), asksForAWord: try row.bool(1), indexed: try row.id(2))
    }
}
