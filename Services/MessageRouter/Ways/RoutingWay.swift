/// How the edges of recipients are found: the setting `ROUTING`. The promise is the same for each, since inboxes and their chains are the truth.
enum RoutingWay: String, CaseIterable, Sendable {
    /// `deliver` says where a user's sessions are registered.
    case register
    /// The ring says on which edge a user is, and sessions that are elsewhere are known to be.
    case ring
    /// Every edge is told everything, and looks for its own users.
    case broadcast
}
