import Messaging

/// What one client has sent and got: it judges each arrival, and knows at the end what it should have got.
struct TrafficLedger {
    /// Where a message went.
    enum Target: Hashable, Sendable {
        case client(Int)
        case group(Int)
    }

    /// A message that was accepted.
    struct Accepted: Sendable {
        let n: UInt64
        let target: Target
    }

    /// Which message: the sender's number and its counter, packed.
    static func key(sender: Int, n: UInt64) -> UInt64 { UInt64(sender) << 40 | n }

    private(set) var accepted: [Accepted] = []
    private(set) var seen: Set<UInt64> = []
    private(set) var repeated = 0
    private(set) var outOfOrder = 0
    var gaps = 0
    var refused = 0
    var putOff = 0
    private(set) var examples: [String] = []
    private var ids: [UInt64: MessageID] = [:]
    private var lastIDs: [String: MessageID] = [:]

    /// Takes in an `accepted`.
    mutating func accept(n: UInt64, id: MessageID, target: Target) {
        if let first = ids.updateValue(id, forKey: n) {
            if first != id {
                repeated += 1
                note("n \(n) was accepted twice, as \(first) and as \(id)")
            }
            return
        }
        accepted.append(Accepted(n: n, target: target))
    }

    /// Takes in a message.
    /// - Parameter after: the cursor of the one before it.
    /// - Returns: whether it is new.
    mutating func arrive(_ frame: TrafficFrame, after: MessageID?) -> Bool {
        guard let id = frame.id, let cursor = frame.cursor else {
            note("a message without id or cursor")
            outOfOrder += 1
            return false
        }
        guard seen.insert(Self.key(sender: frame.body.sender, n: frame.body.n)).inserted else {
            repeated += 1
            note(
                "message \(id) of \(frame.conversation) came again, with cursor \(cursor) after \(after?.description ?? "none")"
            )
            return false
        }
        if let last = lastIDs.updateValue(id, forKey: frame.conversation), last >= id {
            lastIDs[frame.conversation] = last
            outOfOrder += 1
            note("message \(id) of \(frame.conversation) came after \(last)")
        } else if let after, cursor <= after {
            outOfOrder += 1
            note("cursor \(cursor) came after \(after)")
        }
        return true
    }

    /// Writes down something that went wrong, the first few times.
    mutating func note(_ text: String) { if examples.count < 5 { examples.append(text) } }
}
