import Messaging
import Synchronization

/// Whose sessions are on this edge, and on which of its event loops, known to all threads: what is for nobody here need not be read, who is not here can be told, and no event
/// loop is woken for what is for others.
///
/// A session counts from before it registers until after it has ended. Users are known by their ``EdgeBatch/fingerprint(of:)``.
final class SessionCensus: Sendable {
    private struct User {
        var sessions: Int32 = 0
        /// Where the user's sessions are, and some may have been.
        var loops = LoopSet()

        mutating func add(on loop: Int) {
            sessions += 1
            loops.insert(loop)
        }
    }

    private let users = Mutex<[UInt64: User]>([:])

    /// A session on an event loop of this number.
    func add(_ user: String, loop: Int) {
        let fingerprint = EdgeBatch.fingerprint(of: user)
        users.withLock { $0[fingerprint, default: User()].add(on: loop) }
    }

    func remove(_ user: String) {
        let fingerprint = EdgeBatch.fingerprint(of: user)
        users.withLock { users in
            guard let count = users[fingerprint]?.sessions else { return }
            if count > 1 { users[fingerprint]?.sessions -= 1 } else { users[fingerprint] = nil }
        }
    }

    /// The event loops on which each piece of news is of use: those of its users, or all.
    func loops(of news: [EdgeNews]) -> [LoopSet] {
        users.withLock { users in
            news.map { item in
                switch item {
                case .message(_, let recipients):
                    recipients.reduce(into: LoopSet()) { $0.formUnion(Self.loops(of: $1.user, users)) }
                case .look(let user, _), .end(let user, _):
                    Self.loops(of: user, users)
                case .signal(_, let names), .read(_, let names), .groups(let names):
                    names.reduce(into: LoopSet()) { $0.formUnion(Self.loops(of: $1, users)) }
                // Who listens and who watches is known to each event loop alone.
                case .feed, .feedLook, .feedSignal, .presence: .all
                }
            }
        }
    }

    private static func loops(of user: String, _ users: [UInt64: User]) -> LoopSet {
        users[EdgeBatch.fingerprint(of: user)]?.loops ?? LoopSet()
    }

    /// Reads a batch, without those who are not here. Locks the census for the time of one batch.
    /// - Parameter absent: gets their names, unless it is nil.
    /// - Returns: what is left, and how many items there were.
    /// - Throws: `MessagingError` when the batch cannot be read.
    func read(
        _ bytes: [UInt8], absent: inout [String]?
    ) throws(MessagingError) -> (batch: EdgeBatch, count: Int) {
        var batch = EdgeBatch()
        var names = absent
        let count = try users.withLock { (users) throws(MessagingError) -> Int in
            try batch.read(bytes, where: { users[$0] != nil }, absent: &names)
        }
        absent = names
        return (batch, count)
    }
}
