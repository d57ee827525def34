import Hummingbird
import Messaging

/// What is known of a user, as answered to an operator. No token and no message is in it.
struct ExplainView: ResponseEncodable {
    struct Presence: Encodable {
        var status: String
        var since: Int64?
    }

    /// The edge that the user belongs on.
    struct Place: Encodable {
        var edge: String
        var url: String
    }

    struct Inbox: Encodable {
        var entries: Int
        /// Entries that it keeps at least.
        var capacity: Int
        /// The first cursor that is held; nil when it is empty.
        var first: String?
        /// The last cursor that was ever given.
        var last: String
    }

    struct Device: Encodable {
        var device: String
        /// What this device needs no more.
        var cursor: String
        /// What the client itself named last.
        var claimed: String?
        /// When it was last seen (ms).
        var seen: Int64?
        /// How much older its cursor is than the last entry (ms); 0 when it has everything.
        var behind: Int64?
    }

    struct Session: Encodable {
        var session: String
        var device: String
        var edge: String
        var incarnation: String
        /// Whether Redis has it among the user's sessions.
        var registered: Bool
        /// Whether that life of the edge goes on.
        var alive: Bool
        /// Whether the edge has it; nil when the edge did not answer.
        var held: Bool?
        /// For how long it has been connected (s).
        var age: Int64?
        /// How much older what it was sent is than the last entry (ms); 0 when it was sent everything.
        var behind: Int64?
        /// What the edge says of it.
        var details: SessionReport?
    }

    struct Edge: Encodable {
        var edge: String
        /// Whether it answered in time.
        var answered: Bool
        /// Sessions of the user there that are not listed.
        var more: Int?
    }

    struct Close: Encodable {
        var at: Int64
        var code: Int
        var by: String
        var session: String
        var device: String
        var edge: String
    }

    var user: String
    /// Redis' clock (ms).
    var at: Int64
    var presence: Presence
    var place: Place?
    var inbox: Inbox
    /// Tokens issued before this (ms) are refused.
    var revoked: Int64?
    /// On how many edges somebody watches the user's presence.
    var watchers: Int
    var devices: [Device]
    var sessions: [Session]
    var edges: [Edge]
    /// The ends of the latest sessions, newest first.
    var closes: [Close]
    /// Keys of the user that cannot be read, because something else stands there.
    var broken: [String]
}
