import Messaging
import RedisStreams

/// What the session events of a batch come to: what is to be recorded, and which users are to be looked at.
///
/// Pure. A user is looked at once a batch, however many events there are.
struct EventFold {
    /// A user to be looked at.
    struct Look: Equatable, Sendable {
        var cause: PresenceSettleScript.Cause
        /// When: the user's first connect after the last end, or the last end (ms).
        var at: Int64
    }

    /// What happened to the sessions of each incarnation, in the order of the stream.
    private(set) var events: [String: [(id: MessageID, event: SessionEvent)]] = [:]
    /// The incarnations of sessions that began.
    private(set) var beginnings: Set<String> = []
    /// The users concerned.
    private(set) var looks: [String: Look] = [:]
    private var endedLast: Set<String> = []

    /// Adds an event; they come in the order of the stream.
    mutating func add(_ event: SessionEvent, id: MessageID) {
        let at = Int64(clamping: id.milliseconds)
        events[event.incarnation, default: []].append((id, event))
        if event.kind == .connect { beginnings.insert(event.incarnation) }
        let earlier = looks[event.user]
        switch event.kind {
        case .connect:
            let isFirst = earlier == nil || endedLast.remove(event.user) != nil
            looks[event.user] = Look(cause: .connect, at: isFirst ? at : earlier?.at ?? at)
        case .disconnect:
            // A connect in the same batch may be of another session that is not registered yet: it stays a reason to look again.
            looks[event.user] = Look(cause: earlier?.cause ?? .end, at: at)
            endedLast.insert(event.user)
        }
    }
}
