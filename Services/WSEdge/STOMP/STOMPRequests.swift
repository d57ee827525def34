/// Which answer of a session belongs to which frame: a session answers by `n`, a frame waits by its tag.
struct STOMPRequests {
    /// From here on the counter of messages that the client does not count: above what a client counts up to in practice, and below what JSON's numbers hold.
    private static let uncounted: UInt64 = 1 << 52
    /// From here on what is not for the log.
    private static let others: UInt64 = 1 << 62

    private var tags: [UInt64: [UInt64]] = [:]
    private var lastUncounted = uncounted
    private var lastOther = others

    /// The number to ask a session under for something that ends up in the log: the client's own if it counts.
    mutating func numbered(_ n: UInt64?, tag: UInt64) -> UInt64 {
        if n == nil { lastUncounted += 1 }
        let number = n ?? lastUncounted
        tags[number, default: []].append(tag)
        return number
    }

    /// The number to ask a session under for something else; without a tag nobody waits for the answer.
    mutating func other(tag: UInt64?) -> UInt64 {
        lastOther += 1
        if let tag { tags[lastOther] = [tag] }
        return lastOther
    }

    /// The tag that is answered. Two frames of one number are answered in their order.
    mutating func answered(_ number: UInt64) -> UInt64? {
        guard let tag = tags[number]?.first else { return nil }
        tags[number]?.removeFirst()
        if tags[number]?.isEmpty == true { tags[number] = nil }
        return tag
    }
}
