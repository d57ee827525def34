import Postgres

/// Makes the partition of messages for the month of an instant, unless it is there (`make_partition.sql`).
struct MakePartition: PostgresStatement {
    static let name = "make_partition"
    static let sql = String(decoding: PackageResources.make_partition_sql, as: UTF8.self)
    static let isRepeatable = true

    let milliseconds: Int64

    var parameters: [PostgresParameter] { [.int8(milliseconds)] }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> String { try row.text(0) }
}
