import Messaging

/// The sessions of an event loop, by user.
final class SessionTable {
    private var sessions: [String: [Session]] = [:]

    /// All sessions, in no order.
    var all: [Session] { sessions.values.flatMap { $0 } }

    func insert(_ session: Session) { sessions[session.user, default: []].append(session) }

    func remove(_ session: Session) {
        guard var rest = sessions[session.user] else { return }
        rest.removeAll { $0 === session }
        sessions[session.user] = rest.isEmpty ? nil : rest
    }

    /// The user's sessions here.
    subscript(user: String) -> [Session]? { sessions[user] }
}

@available(*, unavailable)
extension SessionTable: Sendable {}
