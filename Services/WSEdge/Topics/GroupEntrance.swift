import Messaging

/// How a session comes to hear a large group.
enum GroupEntrance: Hashable, Sendable {
    /// It begins, and its device had everything up to this place; nil: what was before is not wanted.
    case returning(after: MessageID?)
    /// It goes on, and this change made its user a member, or the group large.
    case change(MessageID)
}
