import Postgres

/// Notes the newest canary of each partition (`advance_canaries.sql`).
struct AdvanceCanaries: PostgresStatement {
    static let name = "advance_canaries"
    static let sql = String(decoding: PackageResources.advance_canaries_sql, as: UTF8.self)

    /// Each once.
    var partitions: [Int32] = []
    var ms: [Int64] = []
    var seq: [Int32] = []

    var parameters: [PostgresParameter] { [.int4Array(partitions), .int8Array(ms), .int4Array(seq)] }
}
