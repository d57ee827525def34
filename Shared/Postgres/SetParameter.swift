/// Sets a parameter of the session.
struct SetParameter: PostgresStatement {
    static let name = "set_parameter"
    static let sql = "select pg_catalog.set_config($1, $2, false)"

    let parameter: String
    let value: String

    var parameters: [PostgresParameter] { [.text(parameter), .text(value)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}
