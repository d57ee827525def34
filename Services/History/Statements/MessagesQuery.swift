import Postgres

/// What the two queries for a page of a conversation share: their parameters and rows.
protocol MessagesQuery: PostgresStatement where Row == MessageRow {
    init(conversation: Int64, intervals: [Interval], limit: Int)
    var conversation: Int64 { get }
    var intervals: [Interval] { get }
    var limit: Int { get }
}

/// A message as a row of `ms, seq, sender, data, attachments, changed_ms, deleted`.
struct MessageRow: Sendable {
    /// What was last done to a message.
    enum Change: Hashable, Sendable {
        /// When, in milliseconds since the Unix epoch.
        case edited(Int64)
        case deleted(Int64)
    }

    var id: StoredID
    var from: String
    /// What it says; `null` when it was deleted.
    var data: [UInt8]
    /// As JSON, empty for none.
    var attachments: [UInt8] = []
    var change: Change?
}

extension PostgresRow {
    /// A message in seven columns, of which this is the first.
    func message(_ column: Int) throws(PostgresError) -> MessageRow {
        var message = MessageRow(
            id: try id(column), from: try text(column + 2), data: try bytes(column + 3),
            attachments: isNull(column + 4) ? [] : try bytes(column + 4))
        if !isNull(column + 5) {
            let at = try int8(column + 5)
            let isDeleted = isNull(column + 6) ? false : try bool(column + 6)
            message.change = isDeleted ? .deleted(at) : .edited(at)
        }
        return message
    }
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
        try row.message(0)
    }
}
