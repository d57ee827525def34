import Messaging

/// Where one session stands in a feed.
///
/// Whatever comes to it, by a push or out of the log, is held against its place: what is not behind it, it has had; what does not continue it, shows that something is missing.
struct ListenerStateMachine {
    enum State {
        /// It reads the log for itself, to catch up with the feed.
        case asking
        /// It has not had everything, and nobody reads for it: its socket is slow, or the log could not be read.
        case behind
        /// It gets what the feed tells.
        case joined
    }

    /// What to do with a message.
    enum Offer: Equatable {
        case none
        case deliver
        /// What was said after this is gone: say so, then deliver.
        case gapThenDeliver(after: MessageID)
    }

    private(set) var state: State
    private(set) var place: MessageID

    /// Joined, at this place.
    init(joinedAt place: MessageID) {
        state = .joined
        self.place = place
    }

    /// About to ask for its first page.
    init() {
        state = .asking
        place = .zero
    }

    mutating func asks() { state = .asking }
    mutating func fallsBehind() { state = .behind }
    mutating func joins() { state = .joined }

    /// The first page has told where it begins.
    mutating func begins(at place: MessageID) { self.place = place }

    /// Whether a message continues what it has had: only so a listener of a group knows that its user has not left in between.
    func isContinued(by previous: MessageID) -> Bool { previous <= place }

    /// The feed starts here, and this one has been waiting for that.
    mutating func starts(at place: MessageID) { if state == .joined { self.place = max(self.place, place) } }

    /// A message, in the order of the feed.
    mutating func offer(_ place: MessageID, previous: MessageID) -> Offer {
        guard place > self.place else { return .none }
        let before = self.place
        self.place = place
        return previous > before ? .gapThenDeliver(after: before) : .deliver
    }

    /// Up to here nothing is left in the log. Returns after what something is missing, if it is.
    mutating func gone(upTo place: MessageID) -> MessageID? {
        guard place > self.place else { return nil }
        defer { self.place = place }
        return self.place
    }
}
