import Messaging

/// Which inbox messages of a session are acknowledged: turns acknowledgements of single messages, by several subscriptions and in any order, into
/// one cursor that only grows.
///
/// The cursor never passes a message that some subscription still owes an acknowledgement, so what is not acknowledged comes again with the
/// next connection, and what follows it too.
struct AcknowledgementLedger: Sendable {
    private struct Entry {
        let cursor: MessageID
        let message: MessageID
        /// The subscriptions that got the message, owing an acknowledgement or not.
        var receivers: [UInt64]
        /// Those of them that owe one.
        var owing: [UInt64]
        /// Those of them that have refused it: a cumulative acknowledgement passes over these.
        var refusing: [UInt64] = []
        /// Owed by a subscription that is gone: nobody can acknowledge it any more.
        var isAbandoned = false

        var isSettled: Bool { owing.isEmpty && !isAbandoned }
    }

    /// What was sent with the inbox and has no cursor of its own, such as a message of a large group.
    private struct Guest {
        let message: MessageID
        /// The last cursor before it.
        let place: MessageID
    }

    /// Not settled, or behind one that is not; in the order of cursors.
    private var entries: [Entry] = []
    /// Those behind an entry, in the order in which they went out.
    private var guests: [Guest] = []
    /// The last message that was entered.
    private(set) var last = MessageID.zero

    /// Messages that hold, or wait behind, the cursor.
    var count: Int { entries.count }

    /// A message goes out.
    /// - Returns: The cursor, if it moves because nobody owes an acknowledgement.
    mutating func deliver(_ cursor: MessageID, _ message: MessageID, to receivers: [UInt64], owing: [UInt64])
        -> MessageID?
    {
        last = cursor
        if entries.isEmpty, owing.isEmpty { return cursor }
        entries.append(Entry(cursor: cursor, message: message, receivers: receivers, owing: owing))
        return nil
    }

    /// Something without a cursor goes out between the messages of the inbox: a cumulative acknowledgement that names it is good for what came before.
    /// - Parameter limit: How many are kept; older ones go, and an acknowledgement of those then moves nothing.
    mutating func pass(_ message: MessageID, limit: Int) {
        guard !entries.isEmpty, limit > 0 else { return }
        if guests.count >= limit { guests.removeFirst() }
        guests.append(Guest(message: message, place: last))
    }

    /// The cursor before something that was passed with this id.
    func cursor(beforeGuest message: MessageID) -> MessageID? { guests.first { $0.message == message }?.place }

    /// The first message with this id that the subscription owes an acknowledgement for. Partitions give ids independently, so that two messages may have
    /// the same: the first is the careful choice.
    func cursor(ofMessage message: MessageID, owedBy subscription: UInt64?) -> (
        cursor: MessageID, subscription: UInt64
    )? {
        for entry in entries where entry.message == message {
            if let subscription {
                if entry.owing.contains(subscription) { return (entry.cursor, subscription) }
            } else if let owing = entry.owing.first {
                return (entry.cursor, owing)
            }
        }
        return nil
    }

    /// A subscription has a message, or with `isCumulative` all up to it. Anything not owed is passed over.
    /// - Parameter isBehind: It is not the message at the cursor that was named, but something that went out behind it.
    /// - Returns: The cursor, if it moves.
    mutating func acknowledge(
        _ cursor: MessageID, by subscription: UInt64, isCumulative: Bool, isBehind: Bool = false
    ) -> MessageID? {
        for index in entries.indices {
            guard entries[index].cursor <= cursor else { break }
            let isNamed = entries[index].cursor == cursor && !isBehind
            guard isNamed || (isCumulative && !entries[index].refusing.contains(subscription)) else { continue }
            entries[index].owing.removeAll { $0 == subscription }
            entries[index].refusing.removeAll { $0 == subscription }
        }
        return settle()
    }

    /// A subscription has not consumed a message, or with `isCumulative` none up to it that it has not acknowledged: each stays owed.
    mutating func refuse(_ cursor: MessageID, by subscription: UInt64, isCumulative: Bool) {
        for index in entries.indices {
            guard entries[index].cursor <= cursor else { break }
            guard entries[index].cursor == cursor || isCumulative, entries[index].owing.contains(subscription),
                !entries[index].refusing.contains(subscription)
            else { continue }
            entries[index].refusing.append(subscription)
        }
    }

    /// A subscription ends while others remain. What one of these got as well is theirs to acknowledge; what only it got stays unacknowledged.
    /// - Returns: The cursor, if it moves.
    mutating func forget(_ subscription: UInt64) -> MessageID? {
        for index in entries.indices {
            entries[index].receivers.removeAll { $0 == subscription }
            entries[index].refusing.removeAll { $0 == subscription }
            guard entries[index].owing.contains(subscription) else { continue }
            entries[index].owing.removeAll { $0 == subscription }
            if entries[index].receivers.isEmpty { entries[index].isAbandoned = true }
        }
        return settle()
    }

    /// The inbox is listened to no more: nothing is owed, and nothing of it is acknowledged.
    mutating func clear() {
        entries.removeAll()
        guests.removeAll()
        last = .zero
    }

    private mutating func settle() -> MessageID? {
        let settled = entries.prefix { $0.isSettled }
        guard let cursor = settled.last?.cursor else { return nil }
        entries.removeFirst(settled.count)
        let first = entries.first?.cursor
        guests.removeAll { guest in first.map { guest.place < $0 } ?? true }
        return cursor
    }
}
