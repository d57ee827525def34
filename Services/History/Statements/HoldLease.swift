import Postgres

/// Takes or renews a lease, unless it is another's; a row says that it is held (`hold_lease.sql`).
struct HoldLease: PostgresStatement {
    static let name = "hold_lease"
    static let sql = String(decoding: PackageResources.hold_lease_sql, as: UTF8.self)

    let lease: String
    let holder: String
    let milliseconds: Int64

    var parameters: [PostgresParameter] { [.text(lease), .text(holder), .int8(milliseconds)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> Bool { try row.bool(0) }
}

/// Gives a lease back (`release_lease.sql`).
struct ReleaseLease: PostgresStatement {
    static let name = "release_lease"
    static let sql = String(decoding: PackageResources.release_lease_sql, as: UTF8.self)

    let lease: String
    let holder: String

    var parameters: [PostgresParameter] { [.text(lease), .text(holder)] }
}
