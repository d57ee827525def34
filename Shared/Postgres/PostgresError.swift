/// What went wrong with the database. The description carries no parameter of a statement and no password.
public struct PostgresError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it went wrong.
    public enum Code: Hashable, Sendable {
        /// The URL or another setting cannot be used.
        case configuration
        /// There is no connection, or it broke. Whether a statement that was under way took effect is unknown.
        case disconnected
        /// No answer within the time allowed; the connection is given up.
        case timedOut
        /// The pool has no connection free and too many are waiting already, or the wait was too long.
        case overloaded
        /// The pool has been closed.
        case closed
        /// The server refused the statement; ``PostgresError/sqlState`` says why.
        case server
        /// The server's answer is not of the shape that the statement's wrapper expects.
        case unexpectedResult
    }

    /// What to do about it.
    public enum Kind: Hashable, Sendable {
        /// The same statement may succeed later: try again after a while.
        case transient
        /// It is what was to be stored: the same parameters will be refused for ever.
        case input
        /// It is the set-up (schema, rights, the program): no parameters will succeed until somebody mends it.
        case setup
    }

    public let code: Code
    /// The five characters of SQLSTATE, when the server gave them.
    /// Source: https://www.postgresql.org/docs/15/errcodes-appendix.html
    public let sqlState: String?
    /// One sentence.
    public let description: String

    /// An error of its parts.
    public init(_ code: Code, _ description: String, sqlState: String? = nil) {
        self.code = code
        self.description = description
        self.sqlState = sqlState
    }

    /// Whether trying again can help, from the code and the class of the SQLSTATE.
    public var kind: Kind {
        switch code {
        case .disconnected, .timedOut, .overloaded: Self.isSetup(sqlState) ? .setup : .transient
        case .configuration, .closed, .unexpectedResult: .setup
        case .server: Self.kind(sqlState: sqlState ?? "")
        }
    }

    /// A connection can also fail for a reason that stays: a wrong password or no such database.
    private static func isSetup(_ state: String?) -> Bool {
        guard let state else { return false }
        return state.hasPrefix("28") || state == "3D000" || state == "42501"
    }

    private static func kind(sqlState state: String) -> Kind {
        switch state {
        // A standby after a failover; a lock, a serialisation failure, a deadlock; a plan or statement that another made stale.
        case "25006", "55P03", "55006", "26000", "57014", "57P01", "57P02", "57P03", "57P05": return .transient
        default: break
        }
        switch state.prefix(2) {
        case "08", "40", "53", "58": return .transient
        case "22", "23", "54": return .input
        default: return .setup
        }
    }
}
