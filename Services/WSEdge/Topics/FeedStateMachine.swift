import Messaging
import RedisStreams

/// What an event loop has been told of a feed, and what is to be done so that all who hear it get everything, once, in order.
///
/// The feed's log is the truth, and what the router pushes is a hint: the place of a message and the one before it. A hint that continues what was told is
/// told; any other makes the loop read the log, once for all of its listeners.
struct FeedStateMachine {
    enum State {
        /// Where the feed stands is not known yet.
        case starting
        case live
    }

    /// What to do with a hint.
    enum HintAction: Equatable {
        case none
        case tell
        /// Keep it until the feed has started.
        case hold
        /// Read the log after this.
        case read(after: MessageID)
    }

    /// What to do after a page.
    enum PageAction: Equatable {
        case none
        case read(after: MessageID)
        /// What was said up to here is in the log no more.
        case gone(upTo: MessageID)
    }

    private(set) var state = State.starting
    /// Up to here everything has been told to those who had joined.
    private(set) var told = MessageID.zero
    /// The highest place known to have been given.
    private var wanted = MessageID.zero
    /// Whether all that is known to be there has been told.
    var isCurrent: Bool { state == .live && wanted <= told }
    /// While a read is under way: what was known when it began.
    private var reading: MessageID?

    /// It begins behind this place. False when it had begun already.
    mutating func started(at place: MessageID) -> Bool {
        guard state == .starting else { return false }
        state = .live
        told = place
        return true
    }

    // MARK: Hints

    /// The router has appended a message.
    mutating func hint(_ place: MessageID, previous: MessageID) -> HintAction {
        guard state == .live else { return .hold }
        guard Idea.chain.isOn else {
            told = place
            return .tell
        }
        guard previous <= told else { return look(place) }
        guard place > told else { return .none }
        told = place
        return .tell
    }

    /// The log may hold something up to this place.
    mutating func look(_ place: MessageID) -> HintAction {
        wanted = max(wanted, place)
        return retry()
    }

    /// Reads what is known to be there and was not told, unless that is under way.
    mutating func retry() -> HintAction {
        guard Idea.chain.isOn, state == .live, reading == nil, wanted > told else { return .none }
        reading = wanted
        return .read(after: told)
    }

    // MARK: Reading

    /// An entry of a page, in order. True when it is to be told.
    mutating func entry(_ place: MessageID) -> Bool {
        guard place > told else { return false }
        told = place
        return true
    }

    /// All entries of the page were given. `last`: where the feed stood when it was read.
    mutating func pageEnded(last: MessageID, isFull: Bool) -> PageAction {
        guard let known = reading else { return .none }
        reading = nil
        wanted = max(wanted, last)
        if isFull {
            reading = wanted
            return .read(after: told)
        }
        // The page went to the end of the log.
        let end = max(known, last)
        if end > told {
            told = end
            return .gone(upTo: end)
        }
        guard case .read(let after) = retry() else { return .none }
        return .read(after: after)
    }

    /// The page could not be read: ``retry()`` tries again.
    mutating func pageFailed() { reading = nil }
}
