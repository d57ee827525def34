import Postgres

/// Has messages' words indexed by a language, unless they are (`set_search_language.sql`).
struct SetSearchLanguage: PostgresStatement {
    static let name = "set_search_language"
    static let sql = String(decoding: PackageResources.set_search_language_sql, as: UTF8.self)

    /// nil: no index.
    let language: String?

    var parameters: [PostgresParameter] { [.text(language)] }

    /// Whether anything was changed.
    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}
