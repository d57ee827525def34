/// Tells a quiet session from a dead one: after a heartbeat without a byte it asks, and when nothing at all comes then, the session is dead.
///
/// While the application is behind nothing is read, so silence says nothing: then the server is shown a sign of life instead, for it to keep the session.
struct Watchdog: Sendable {
    enum Verdict: Hashable, Sendable {
        case nothing
        /// Send a ping.
        case ask
        /// Show that we are here.
        case showLife
        case dead
    }

    /// How long an answer may take, in milliseconds.
    static let patience: Int64 = 8_000
    /// How often a sign of life is shown at least: an edge wants one within 8 s after its ping, which is not seen when nothing is read.
    static let lifeInterval: Int64 = 5_000

    private var heartbeat: Int64 = 25_000
    private var heardAt: Int64 = 0
    private var askedAt: Int64?
    private var isReading = true
    /// When to look, by ``Moment/elapsed``.
    private(set) var deadline: Int64?

    init() {}

    /// A session begins.
    /// - Parameter heartbeat: in seconds.
    mutating func start(heartbeat: Int64?, _ now: Moment) {
        // Whatever a server says, it is looked every hour at least.
        if let heartbeat, heartbeat > 0 { self.heartbeat = min(heartbeat, 3600) * 1000 }
        (heardAt, askedAt, isReading) = (now.elapsed, nil, true)
        deadline = now.elapsed + self.heartbeat
    }

    mutating func stop() { deadline = nil }

    /// Bytes came.
    mutating func heard(_ now: Moment) { heardAt = now.elapsed }

    /// Reading stops, or goes on.
    mutating func reads(_ isReading: Bool, _ now: Moment) {
        guard deadline != nil, isReading != self.isReading else { return }
        self.isReading = isReading
        (heardAt, askedAt) = (now.elapsed, nil)
        deadline = now.elapsed + (isReading ? heartbeat : lifeInterval)
    }

    private var lifeInterval: Int64 { min(Self.lifeInterval, max(heartbeat / 5, 100)) }

    /// The deadline is over.
    mutating func look(_ now: Moment) -> Verdict {
        guard let deadline, deadline <= now.elapsed else { return .nothing }
        guard isReading else {
            self.deadline = now.elapsed + lifeInterval
            return .showLife
        }
        if let askedAt, heardAt < askedAt {
            self.deadline = nil
            return .dead
        }
        askedAt = nil
        guard now.elapsed - heardAt >= heartbeat else {
            self.deadline = heardAt + heartbeat
            return .nothing
        }
        askedAt = now.elapsed
        self.deadline = now.elapsed + Self.patience
        return .ask
    }
}
