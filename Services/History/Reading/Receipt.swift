/// Up to where a user has read and received a conversation.
struct Receipt: Hashable, Sendable {
    var user: String
    var read: StoredID?
    /// When the user said so, in milliseconds since the Unix epoch.
    var at: Int64?
    /// nil: that is not known.
    var received: StoredID?
}
