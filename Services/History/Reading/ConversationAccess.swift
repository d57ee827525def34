import Messaging

/// What a user may read of a conversation.
///
/// - A dm is read by its two users; to all others it is forbidden whether or not it exists, so that nobody learns who writes to whom.
/// - A group is read by its members, from joining to leaving, each time they were in it; to others it is forbidden. That a group exists is no secret: sending to it tells the same.
/// - A topic is read by whoever may subscribe to it, see `TopicRules`; to others it is forbidden whether or not it exists. That is asked before this.
enum ConversationAccess: Sendable {
    /// There is no such conversation.
    case unknown
    case forbidden
    /// Messages of the conversation with this key, within these intervals, oldest first. Those of a group end with what was stored when its members were looked up: what
    /// comes later may follow a change of members that has not been seen.
    /// `isMember`: whether that goes on, so that what is for members now is for this user.
    case granted(key: Int64, intervals: [Interval], isMember: Bool)

    /// Decides it from what the database says, if anything.
    init(_ conversation: Conversation, user: String, rows: [AccessQuery.Row]) {
        if Self.isForbidden(conversation, user: user) {
            self = .forbidden
            return
        }
        guard let key = rows.first?.key else {
            self = .unknown
            return
        }
        switch conversation.kind {
        case .topic: self = .granted(key: key, intervals: [.all], isMember: true)
        case .direct:
            // From the beginning, unless the user has been erased since.
            let memberships = rows.compactMap(\.membership)
            self = .granted(key: key, intervals: memberships.isEmpty ? [.all] : memberships, isMember: true)
        case .group:
            let memberships = rows.compactMap(\.membership)
            let known = Interval(after: .zero, before: rows[0].last.successor)
            guard !memberships.isEmpty else {
                self = .forbidden
                return
            }
            self = .granted(
                key: key, intervals: memberships.compactMap { $0.intersection(known) },
                isMember: memberships.contains { $0.before == .last })
        }
    }

    /// What needs no look at the database.
    static func isForbidden(_ conversation: Conversation, user: String) -> Bool {
        conversation.directUsers.map { !$0.contains(user) } ?? false
    }
}
