import Postgres

/// Messages found, with what the search meets in them marked (`search_page.sql`).
struct SearchPageQuery: PostgresStatement {
    static let name = "search_page"
    static let sql = String(decoding: PackageResources.search_page_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Sendable {
        var conversation: Int64
        var message: MessageRow
        /// The data with the marks in its strings.
        var marked: [UInt8]
    }

    let query: String
    let hits: [SearchHitsQuery.Row]

    var parameters: [PostgresParameter] {
        [
            .text(query), .int8Array(hits.map(\.conversation)), .int8Array(hits.map(\.id.ms)),
            .int4Array(hits.map(\.id.seq)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(
            conversation: try row.int8(0),
            message: try row.message(1),
            marked: try row.bytes(8))
    }
}
