import Messaging
import RedisStreams

/// Who hears a feed: a session.
protocol FeedSubscriber: AnyObject {
    /// Whether its socket takes more. Who has no room is left behind, and reads on when it has.
    var hasRoom: Bool { get }
    func heard(_ message: RoutedMessage)
    /// A signal to the feed, which may be left out.
    func signalled(_ signal: RoutedSignal)
    /// What was said in the feed after this is not to be had any more.
    func missed(_ feed: Feed, after place: MessageID)
    /// The request `n` is done: it hears everything behind this place.
    func joined(_ feed: Feed, at place: MessageID, n: UInt64)
    /// The request `n` could not be done, and it does not hear the feed.
    func refused(_ feed: Feed, n: UInt64, _ error: RedisError)
}

/// One session's ear for one feed.
final class FeedListener {
    let subscriber: any FeedSubscriber
    var machine: ListenerStateMachine
    /// From where to ask.
    var start: ClientFrame.TopicStart
    /// The first page since then has not come yet.
    var isBeginning: Bool
    /// Requests to be answered when it has caught up.
    var unanswered: [UInt64] = []
    /// The number of the question under way: answers to others count for nothing.
    var question = 0
    /// Its place among the feed's listeners; nil when it is none of them any more.
    var index: Int?

    init(_ subscriber: any FeedSubscriber, start: ClientFrame.TopicStart) {
        self.subscriber = subscriber
        self.start = start
        isBeginning = true
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

@available(*, unavailable)
extension FeedListener: Sendable {}
