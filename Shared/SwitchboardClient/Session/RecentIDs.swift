import Messaging

/// The last messages that were handed on, to know what comes once more by another way: history, or an earlier session.
struct RecentIDs: Sendable {
    struct Key: Hashable, Sendable {
        var conversation: String
        var id: MessageID
    }

    private let capacity: Int
    private var known: Set<Key> = []
    private var order: [Key] = []
    private var oldest = 0

    init(capacity: Int) { self.capacity = capacity }

    /// Notes a message. Two conversations may have messages of the same id.
    /// - Returns: whether it was not known.
    @discardableResult
    mutating func insert(_ conversation: String, _ id: MessageID) -> Bool {
        let key = Key(conversation: conversation, id: id)
        guard known.insert(key).inserted else { return false }
        if order.count < capacity {
            order.append(key)
        } else {
            known.remove(order[oldest])
            order[oldest] = key
            oldest = (oldest + 1) % capacity
        }
        return true
    }
}
