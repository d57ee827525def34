import Messaging
import Postgres

/// An id as the two columns it is stored in.
struct StoredID: Hashable, Comparable, Sendable {
    var ms: Int64
    var seq: Int32

    /// Before all others.
    static let zero = StoredID(ms: 0, seq: 0)
    /// After all others: the end of a membership that lasts.
    static let last = StoredID(ms: .max, seq: .max)

    init(ms: Int64, seq: Int32) {
        self.ms = ms
        self.seq = seq
    }

    /// The columns of an id; nil when it does not fit (292 million years, or 2³¹ entries in one millisecond).
    init?(_ id: MessageID) {
        guard let ms = Int64(exactly: id.milliseconds), let seq = Int32(exactly: id.sequence) else { return nil }
        self.init(ms: ms, seq: seq)
    }

    /// The columns of an id, or the last that fits: for bounds.
    init(clamping id: MessageID) {
        self = StoredID(id) ?? StoredID(ms: Int64(clamping: id.milliseconds), seq: .max)
    }

    /// The id.
    var id: MessageID { MessageID(milliseconds: UInt64(clamping: ms), sequence: UInt64(clamping: seq)) }

    /// The id after it, which ends an interval with this one in it; the last one itself for the last.
    var successor: StoredID {
        if seq < .max { return StoredID(ms: ms, seq: seq + 1) }
        return ms < .max ? StoredID(ms: ms + 1, seq: 0) : self
    }

    /// The id before it.
    var predecessor: StoredID {
        if seq > 0 { return StoredID(ms: ms, seq: seq - 1) }
        return ms > 0 ? StoredID(ms: ms - 1, seq: .max) : self
    }

    static func < (left: StoredID, right: StoredID) -> Bool {
        left.ms == right.ms ? left.seq < right.seq : left.ms < right.ms
    }
}

extension PostgresRow {
    /// An id in two columns, of which this is the first.
    func id(_ column: Int) throws(PostgresError) -> StoredID {
        StoredID(ms: try int8(column), seq: try int4(column + 1))
    }
}
