/// A statement with its parameters: each SQL file has one type that conforms.
///
/// The statement is prepared once for each connection, when it is first used there; parameters and results are binary.
public protocol PostgresStatement: Sendable {
    /// What a row of the result becomes; `Never` for statements without rows.
    associatedtype Row: Sendable = Never

    /// A name of its own, at most 63 bytes: of the prepared statement, and for metrics.
    static var name: String { get }

    /// The text of the statement, with `$1`, `$2` … for the parameters.
    static var sql: String { get }

    /// Whether a statement that was under way when the connection broke may simply run again: reading alone may.
    static var isRepeatable: Bool { get }

    /// The parameters, in order. Their types must be the same each time.
    var parameters: [PostgresParameter] { get }

    /// Reads a row. Runs on the connection's thread: copy out and return.
    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Row
}

extension PostgresStatement {
    public static var isRepeatable: Bool { false }
}

extension PostgresStatement where Row == Never {
    public static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Never {
        throw PostgresError(.unexpectedResult, "\(name) gives rows and was not meant to")
    }
}
