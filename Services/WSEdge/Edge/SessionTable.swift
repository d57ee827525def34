import Messaging

/// The sessions of an event loop, by user.
final class SessionTable {
    private let census: SessionCensus
    private let loop: Int
    private var sessions: [String: [Session]] = [:]

    /// - Parameters:
    ///   - census: is told of every session.
    ///   - loop: the number of the event loop.
    init(census: SessionCensus, loop: Int) {
        self.census = census
        self.loop = loop
    }

    /// All sessions, in no order.
    var all: [Session] { sessions.values.flatMap { $0 } }

    func insert(_ session: Session) {
        census.add(session.user, loop: loop)
        sessions[session.user, default: []].append(session)
    }

    func remove(_ session: Session) {
        guard var rest = sessions[session.user] else { return }
        let count = rest.count
        rest.removeAll { $0 === session }
        if rest.count < count { census.remove(session.user) }
        sessions[session.user] = rest.isEmpty ? nil : rest
    }

    /// The user's sessions here.
    subscript(user: String) -> [Session]? { sessions[user] }
}

@available(*, unavailable)
extension SessionTable: Sendable {}
