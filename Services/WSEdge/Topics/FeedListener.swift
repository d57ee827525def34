import Messaging
import RedisStreams

/// Who hears a feed: a session.
protocol FeedSubscriber: AnyObject {
    /// Whose it is: of a group only members hear.
    var user: String { get }
    /// Whether it takes more of a feed: its socket is not slow, and it listens. Who has no room is left behind, and reads on when it has.
    func hasRoom(for feed: Feed) -> Bool
    func heard(_ message: RoutedMessage)
    /// A signal to the feed, which may be left out.
    func signalled(_ signal: RoutedSignal)
    /// What was said in the feed after this is not to be had any more.
    func missed(_ feed: Feed, after place: MessageID)
    /// The request `n` is done: it hears everything behind this place.
    func joined(_ feed: Feed, at place: MessageID, n: UInt64)
    /// The request `n` could not be done, and it does not hear the feed.
    func refused(_ feed: Feed, n: UInt64, _ error: RedisError)
    /// It may not hear the group any more, or the group has no feed any more: it is none of the feed's listeners from now on, and has had, or
    /// been told to miss, everything up to this place.
    func dismissed(_ feed: Feed, at place: MessageID)
}

/// One session's ear for one feed.
final class FeedListener {
    let subscriber: any FeedSubscriber
    var machine: ListenerStateMachine
    /// From where to ask.
    var start: ClientFrame.TopicStart
    /// The first page since then has not come yet.
    var isBeginning: Bool
    /// Why it has to ask again whether it may hear the group; nil while it is sure.
    var doubt: Doubt?
    /// Requests to be answered when it has caught up.
    var unanswered: [UInt64] = []
    /// The number of the question under way: answers to others count for nothing.
    var question = 0
    /// Where it stood when it read once more, since more had been told than it had.
    private var rereadAt: MessageID?
    /// Its place among the feed's listeners; nil when it is none of them any more.
    var index: Int?

    init(_ subscriber: any FeedSubscriber, start: ClientFrame.TopicStart) {
        self.subscriber = subscriber
        self.start = start
        isBeginning = true
        machine = ListenerStateMachine()
    }

    /// One that has heard a group up to this place, on an earlier connection or this one, and goes on where the group stands; nil: has heard nothing, and misses nothing.
    init(_ subscriber: any FeedSubscriber, returningTo place: MessageID?) {
        self.subscriber = subscriber
        start = .now
        isBeginning = true
        doubt = .returning(after: place)
        machine = ListenerStateMachine()
    }

    /// One that hears what is told from this place on.
    init(_ subscriber: any FeedSubscriber, joinedAt place: MessageID) {
        self.subscriber = subscriber
        start = .after(place)
        isBeginning = false
        machine = ListenerStateMachine(joinedAt: place)
    }
}

extension FeedListener {
    /// What a listener of a group does not know.
    enum Doubt: Equatable {
        /// What was said while it was away, after this place.
        case returning(after: MessageID?)
        /// What came next: the log has it no more, and perhaps with it that the user has left the group.
        case hole
        /// Whether the user is among the many who leave at its place.
        case departure
    }

    /// More was told while it read than was kept, and the log may have what is missing: true when it is to read on from where it stands. Not twice from one
    /// place: a Redis that has lost its last writes, or forgotten the feed, does not have it, however often it is asked.
    func rereads() -> Bool {
        guard rereadAt != machine.place else { return false }
        rereadAt = machine.place
        start = .after(machine.place)
        return true
    }

    /// Up to where a listener of a group has had everything; nil when it wants nothing of what was.
    var heardUpTo: MessageID? {
        if case .returning(let place)? = doubt { return place }
        if isBeginning, doubt == nil, case .after(let change) = start { return change }
        return machine.place
    }
}

@available(*, unavailable)
extension FeedListener: Sendable {}
