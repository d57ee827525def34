import Postgres

/// What the two queries for a page of a conversation share: their parameters and rows.
protocol MessagesQuery: PostgresStatement where Row == MessageRow {
    init(conversation: Int64, intervals: [Interval], limit: Int)
    var conversation: Int64 { get }
    var intervals: [Interval] { get }
    var limit: Int { get }
}

/// A message as a row of `ms, seq, sender, data`.
struct MessageRow: Sendable {
    var id: StoredID
    var from: String
    var data: [UInt8]
}

extension MessagesQuery {
    static var isRepeatable: Bool { true }

    var parameters: [PostgresParameter] {
        [
            .int8(conversation), .int8Array(intervals.map(\.after.ms)), .int4Array(intervals.map(\.after.seq)),
            .int8Array(intervals.map(\.before.ms)), .int4Array(intervals.map(\.before.seq)), .int8(Int64(limit)),
        ]
    }

    static func decode(_ row: borrowing PostgresRow) throws(PostgresError) -> MessageRow {
        MessageRow(id: try row.id(0), from: try row.text(2), data: try row.bytes(3))
    }
}
