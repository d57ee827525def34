import Messaging

/// How far the application has come: one `ack` for many messages, since a cursor speaks for all before it.
struct Acknowledger: Sendable {
    /// How long a message may wait for its acknowledgement, in milliseconds, and how many may.
    static let delay: Int64 = 200
    static let limit = 50

    /// The application has taken everything up to here: where the next session begins.
    private(set) var taken: MessageID?
    private var told: MessageID?
    private var count = 0
    /// When it is to be told, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init() {}

    /// The application has taken what stands here.
    mutating func take(_ cursor: MessageID, count taken: Int, _ now: Moment) {
        if let before = self.taken, cursor <= before { return }
        self.taken = cursor
        count += taken
        deadline = count >= Self.limit ? now.elapsed : deadline ?? now.elapsed + Self.delay
    }

    /// Where a device begins that said nothing of a place: from there on it resumes, even if nothing comes before the connection breaks.
    mutating func begin(_ cursor: MessageID?) {
        if taken == nil { (taken, told) = (cursor, cursor) }
    }

    /// A session has begun: it is told what the one before may not have heard.
    mutating func opened(_ now: Moment) {
        told = nil
        if taken != nil { deadline = now.elapsed + Self.delay }
    }

    /// What is to be told to the session that there is, if it is not told yet.
    mutating func flush() -> MessageID? {
        (deadline, count) = (nil, 0)
        guard let taken, told.map({ $0 < taken }) ?? true, taken > .zero else { return nil }
        told = taken
        return taken
    }

    /// Without a session it waits for the next one.
    mutating func postpone() { deadline = nil }
}
