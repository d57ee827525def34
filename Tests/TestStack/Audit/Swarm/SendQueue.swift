import Messaging
import NIOCore

/// What one device has sent and not been answered for, in the order of its counter.
///
/// So many are under way at once, and none is so far past the oldest unanswered one that the server could no longer tell a repeat from something outdated.
struct SendQueue {
    struct Message {
        /// What is written, in the words of the connection.
        let text: String
        /// Whom it is for: `user:<id>`, `group:<id>` or `topic:<id>`.
        let to: String
        let conversation: ConversationKey
        let due: NIODeadline
    }

    /// The most under way, and the most past the oldest unanswered one: the contract remembers 64.
    private static let window = 32
    private static let reach: UInt64 = 48

    private var messages: [UInt64: Message] = [:]
    private var waiting: [UInt64] = []
    private var underWay: Set<UInt64> = []
    private(set) var lastN: UInt64 = 0

    var unanswered: [UInt64: Message] { messages }

    /// The next counter.
    mutating func next() -> UInt64 {
        lastN += 1
        return lastN
    }

    mutating func add(_ n: UInt64, _ message: Message) {
        messages[n] = message
        waiting.append(n)
    }

    /// The next one to write, if one may be written.
    mutating func take() -> (n: UInt64, message: Message)? {
        guard underWay.count < Self.window, let n = waiting.first, let message = messages[n] else { return nil }
        if messages.count > Self.window, let oldest = messages.keys.min(), n > oldest + Self.reach { return nil }
        waiting.removeFirst()
        underWay.insert(n)
        return (n, message)
    }

    /// `n` has its answer; nil when it had it before.
    mutating func answered(_ n: UInt64) -> Message? {
        underWay.remove(n)
        waiting.removeAll { $0 == n }
        return messages.removeValue(forKey: n)
    }

    /// `n` is to be sent again.
    mutating func putOff(_ n: UInt64) {
        guard underWay.remove(n) != nil else { return }
        waiting.insert(n, at: waiting.firstIndex { $0 > n } ?? waiting.count)
    }

    /// The connection is gone: what was not answered goes out again.
    mutating func startOver() {
        underWay.removeAll()
        waiting = messages.keys.sorted()
    }
}
