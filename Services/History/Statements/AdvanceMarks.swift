import Postgres

/// Moves read marks forward (`advance_marks.sql`).
struct AdvanceMarks: PostgresStatement {
    static let name = "advance_marks"
    static let sql = String(decoding: PackageResources.advance_marks_sql, as: UTF8.self)

    /// Each pair of conversation and user once.
    var conversations: [String] = []
    var users: [String] = []
    var ms: [Int64] = []
    var seq: [Int32] = []
    var at: [Int64] = []

    var parameters: [PostgresParameter] {
        [.textArray(conversations), .textArray(users), .int8Array(ms), .int4Array(seq), .int8Array(at)]
    }
}
