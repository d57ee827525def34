import Postgres

/// Stores messages and moves the last message of their conversations forward; those that are there already stay as they are (`add_messages.sql`, and what is there is no conflict).
struct AddMessages: PostgresStatement {
    static let name = "add_messages"
    static let sql = AddNewMessages.sql + "on conflict do nothing"

    /// Each once, with the id of its newest message.
    var conversations: [String] = []
    var lastMs: [Int64] = []
    var lastSeq: [Int32] = []

    /// Which of the conversations each message is in, counted from 1.
    var places: [Int32] = []
    var ms: [Int64] = []
    var seq: [Int32] = []
    var senders: [String] = []
    var data: [[UInt8]] = []

    private var known: [String: Int] = [:]

    init() {}

    /// Makes room for so many messages.
    mutating func reserve(_ count: Int) {
        places.reserveCapacity(count)
        ms.reserveCapacity(count)
        seq.reserveCapacity(count)
        senders.reserveCapacity(count)
        data.reserveCapacity(count)
        known.reserveCapacity(count)
    }

    var parameters: [PostgresParameter] {
        [
            .textArray(conversations), .int8Array(lastMs), .int4Array(lastSeq),
            .int4Array(places), .int8Array(ms), .int4Array(seq), .textArray(senders), .textArray(bytes: data),
        ]
    }

    /// Adds a message; whether it is the first of its conversation.
    @discardableResult
    mutating func add(_ conversation: String, id: StoredID, from sender: String, data bytes: [UInt8]) -> Bool {
        let place: Int
        let isFirst: Bool
        if let earlier = known[conversation] {
            (place, isFirst) = (earlier, false)
            if StoredID(ms: lastMs[place], seq: lastSeq[place]) < id {
                (lastMs[place], lastSeq[place]) = (id.ms, id.seq)
            }
        } else {
            (place, isFirst) = (conversations.count, true)
            known[conversation] = place
            conversations.append(conversation)
            lastMs.append(id.ms)
            lastSeq.append(id.seq)
        }
        places.append(Int32(place + 1))
        ms.append(id.ms)
        seq.append(id.seq)
        senders.append(sender)
        data.append(bytes)
        return isFirst
    }

    /// Puts the conversations in one order everywhere, so that two histories at the same entries do not wait for each other crosswise; and the messages in that
    /// of their ids, in which they follow each other in the index of all messages, so that it goes on where it was.
    mutating func sort() {
        let order = conversations.indices.sorted { conversations[$0] < conversations[$1] }
        var moved = [Int32](repeating: 0, count: order.count)
        for (place, old) in order.enumerated() { moved[old] = Int32(place + 1) }
        conversations = order.map { conversations[$0] }
        lastMs = order.map { lastMs[$0] }
        lastSeq = order.map { lastSeq[$0] }
        known = [:]
        let rows = places.indices.sorted { ms[$0] == ms[$1] ? seq[$0] < seq[$1] : ms[$0] < ms[$1] }
        places = rows.map { moved[Int(places[$0]) - 1] }
        ms = rows.map { ms[$0] }
        seq = rows.map { seq[$0] }
        senders = rows.map { senders[$0] }
        data = rows.map { data[$0] }
    }
}
