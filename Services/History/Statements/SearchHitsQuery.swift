import Postgres

/// The newest messages of a month that a search meets (`search_hits.sql`). It gives more than `limit` where the last ones share an id.
struct SearchHitsQuery: PostgresStatement {
    static let name = "search_hits"
    static let sql = String(decoding: PackageResources.search_hits_sql, as: UTF8.self)
    static let isRepeatable = true

    struct Row: Hashable, Sendable {
        var conversation: Int64
        var id: StoredID
    }

    let query: String
    let scopes: [SearchScope]
    let month: Month
    /// Not in the result.
    let before: StoredID
    let limit: Int

    var parameters: [PostgresParameter] {
        [
            .text(query), .int8Array(Set(scopes.map(\.conversation)).sorted()),
            .int8Array(scopes.map(\.conversation)),
            .int8Array(scopes.map(\.interval.after.ms)), .int4Array(scopes.map(\.interval.after.seq)),
            .int8Array(scopes.map(\.interval.before.ms)), .int4Array(scopes.map(\.interval.before.seq)),
            .int8(month.start), .int8(month.advanced(by: 1).start), .int8(before.ms), .int4(before.seq),
            .int8(Int64(limit)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row {
        Row(conversation: try row.int8(0), id: try row.id(1))
    }
}
