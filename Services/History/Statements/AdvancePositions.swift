import Postgres

/// Notes how far partitions of the log are stored (`advance_positions.sql`).
struct AdvancePositions: PostgresStatement {
    static let name = "advance_positions"
    static let sql = String(decoding: PackageResources.advance_positions_sql, as: UTF8.self)

    let positions: LogPositions

    var parameters: [PostgresParameter] {
        let sorted = positions.ids.sorted { $0.key < $1.key }
        return [
            .int4Array(sorted.map { Int32(clamping: $0.key) }), .int8Array(sorted.map(\.value.ms)),
            .int4Array(sorted.map(\.value.seq)),
        ]
    }
}
