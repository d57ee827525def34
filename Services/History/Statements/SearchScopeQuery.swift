import Postgres

/// The memberships of a user during which something was said (`search_scope.sql`).
struct SearchScopeQuery: PostgresStatement {
    static let name = "search_scope"
    static let sql = String(decoding: PackageResources.search_scope_sql, as: UTF8.self)
    static let isRepeatable = true

    let user: String
    let limit: Int

    var parameters: [PostgresParameter] { [.text(user), .int8(Int64(limit))] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> SearchScope {
        SearchScope(
            conversation: try row.int8(0), name: try row.text(1),
            interval: Interval(after: try row.id(2), before: try row.id(4)), lastSaid: try row.int8(6))
    }
}
