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

    /// What happened to the sessions of incarnations, in order.
    private(set) var events: [SessionEvent] = []
    /// The users concerned.
    private(set) var looks: [String: Look] = [:]
    private var endedLast: Set<String> = []

    /// The incarnations of sessions that began.
    var beginnings: Set<String> { Set(events.lazy.filter { $0.kind == .connect }.map(\.incarnation)) }

    /// Adds an event; they come in the order of the stream.
    mutating func add(_ event: SessionEvent, at: Int64) {
        events.append(event)
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
