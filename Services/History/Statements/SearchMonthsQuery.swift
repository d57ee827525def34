import Postgres

/// The months that messages are kept of, newest first (`search_months.sql`).
struct SearchMonthsQuery: PostgresStatement {
    static let name = "search_months"
    static let sql = String(decoding: PackageResources.search_months_sql, as: UTF8.self)
    static let isRepeatable = true

    var parameters: [PostgresParameter] { [] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Month {
        Month(milliseconds: try row.int8(0))
    }
}
