/// A user has come online or gone offline: an entry of the stream of transitions, for whoever wants to be told outside of Switchboard.
///
/// Stream fields in this order: `user`, `status` (`online`, `offline`), `since` (ms), `visible` (1; 0 when it is hidden from others). Each is
/// there at least once; user and `since` together name it, and of one user `since` only grows.
public struct PresenceTransition: Hashable, Sendable {
    public var user: String
    public var isOnline: Bool
    /// Since when, in ms.
    public var since: Int64
    /// Whether others see it: false for a user who hides.
    public var isVisible: Bool

    /// A transition of its parts.
    public init(user: String, isOnline: Bool, since: Int64, isVisible: Bool) {
        self.user = user
        self.isOnline = isOnline
        self.since = since
        self.isVisible = isVisible
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        let status = try fields.text("status", at: 1)
        guard status == "online" || status == "offline" else {
            throw MessagingError(.badEntry, "the transition's field 'status' is none of online, offline")
        }
        guard let since = Int64(try fields.text("since", at: 2)) else {
            throw MessagingError(.badEntry, "the transition's field 'since' is no number")
        }
        self.init(
            user: try fields.text("user", at: 0), isOnline: status == "online", since: since,
            isVisible: try fields.text("visible", at: 3) == "1")
    }

    /// The fields for XADD.
    public var fields: [[UInt8]] {
        [
            Array("user".utf8), Array(user.utf8), Array("status".utf8), Array((isOnline ? "online" : "offline").utf8),
            Array("since".utf8), Array(String(since).utf8), Array("visible".utf8),
            [UInt8(ascii: isVisible ? "1" : "0")],
        ]
    }
}
