import Messaging

/// How far the application has come: one `ack` for many messages, since a cursor speaks for all before it.
struct Acknowledger: Sendable {
    /// How long a message may wait for its acknowledgement, in milliseconds, and how many may.
    static let delay: Int64 = 200
    static let limit = 50

    /// The application has taken everything up to here: where the next session begins.
    private(set) var taken: MessageID?
    /// What this session has brought, with what was before it: the server takes no cursor from beyond.
    private var reached: MessageID?
    private var told: MessageID?
    private var count = 0
    /// When there is something to tell, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init() {}

    /// Where the application says that it is.
    mutating func begin(_ cursor: MessageID) { taken = cursor }

    /// A session has begun, after this cursor. A device that said nothing of a place resumes from there, even if nothing comes before the connection breaks.
    mutating func opened(_ cursor: MessageID?) {
        taken = taken ?? cursor
        (reached, told, count, deadline) = (cursor, cursor, 0, nil)
    }

    /// The session has brought this, taken already or not.
    mutating func reach(_ cursor: MessageID, _ now: Moment) {
        reached = max(reached ?? cursor, cursor)
        plan(now)
    }

    /// The application has taken what stands here.
    mutating func take(_ cursor: MessageID, count taken: Int, _ now: Moment) {
        if let before = self.taken, cursor <= before { return }
        self.taken = cursor
        count += taken
        plan(now)
    }

    /// What is to be told to the session that there is, if anything is.
    mutating func flush() -> MessageID? {
        (deadline, count) = (nil, 0)
        guard let due else { return nil }
        told = due
        return due
    }

    /// There is no session any more. The next one is told where it begins.
    mutating func closed() { (reached, told, deadline) = (nil, nil, nil) }

    private var due: MessageID? {
        guard let taken, let reached else { return nil }
        let due = min(taken, reached)
        return told.map { $0 < due } ?? true ? due : nil
    }

    private mutating func plan(_ now: Moment) {
        guard due != nil else { return }
        deadline = count >= Self.limit ? now.elapsed : deadline ?? now.elapsed + Self.delay
    }
}
