/// What is known of a replica: whether it answers, and how far behind it is.
///
/// Once in a while it is told how far the log is stored in the primary, and then how far in the replica. A replica that has what the primary had
/// at some time is as fresh as that; no clock but ours is asked.
struct ReplicaStateMachine: Sendable {
    /// What is worth saying.
    enum Action: Hashable, Sendable {
        case none
        /// It answers again, or for the first time, and is not far behind.
        case reportUsable
        case reportAway(reason: String)
        /// It answers, and is farther behind than allowed. One that is no standby may have been promoted: it never gets any further.
        case reportBehind(isStandby: Bool)
    }

    private enum State: Hashable {
        case unknown
        case usable
        case behind
        case away
        case foreign
    }

    private struct Snapshot {
        var positions: LogPositions
        var at: ContinuousClock.Instant
    }

    /// How many snapshots of the primary are kept.
    private static let kept = 64

    private let limit: Duration
    private var state = State.unknown
    private var snapshots: [Snapshot] = []
    /// Which database the primary is; nil as long as that is not known.
    private var origin: Int64?
    /// The replica has all that the primary had then.
    private var freshAt: ContinuousClock.Instant

    /// A replica of which nothing is known; it may be behind by `limit`.
    init(limit: Duration, now: ContinuousClock.Instant) {
        self.limit = limit
        freshAt = now
    }

    /// How often to look, so that the limit is kept.
    var interval: Duration { min(limit / 4, .seconds(1)) }

    /// Whether to ask it at all. What it answers is checked against what is asked of it, however far behind it is.
    var isUsable: Bool { state == .usable || state == .behind }

    /// What it has to have to be within the limit: what the primary had half the limit ago, since it is a while until the next look.
    func floor(now: ContinuousClock.Instant) -> LogPositions {
        snapshots.last { $0.at <= now - limit / 2 }?.positions ?? snapshots.first?.positions ?? LogPositions()
    }

    /// How far it is behind, as of the last look.
    func lag(now: ContinuousClock.Instant) -> Duration {
        guard let newest = snapshots.last, freshAt < newest.at else { return .zero }
        return now - freshAt
    }

    /// Whether a database with this origin is another than the primary, and not a copy of it.
    func isForeign(_ origin: Int64) -> Bool { origin != self.origin }

    /// The primary was asked at `now` and had at least this. `origin`: which database it is.
    mutating func primaryHas(_ positions: LogPositions, origin: Int64, now: ContinuousClock.Instant) {
        self.origin = origin
        snapshots.append(Snapshot(positions: positions, at: now))
        if snapshots.count > Self.kept { snapshots.removeFirst() }
    }

    /// The replica has this, and is a copy of the database with this origin. As long as it is not known which the primary is, it is not used.
    mutating func replicaHas(
        _ positions: LogPositions, origin: Int64, isStandby: Bool = true, now: ContinuousClock.Instant
    ) -> Action {
        guard self.origin != nil else { return .none }
        guard !isForeign(origin) else {
            defer { state = .foreign }
            return state == .foreign
                ? .none : .reportAway(reason: "it is no copy of the database that DATABASE_URL leads to")
        }
        if let met = snapshots.last(where: { positions.covers($0.positions) }) { freshAt = max(freshAt, met.at) }
        let before = state
        state = lag(now: now) > limit ? .behind : .usable
        guard state != before else { return .none }
        return state == .usable ? .reportUsable : .reportBehind(isStandby: isStandby)
    }

    /// It did not answer.
    mutating func failed(_ reason: String) -> Action {
        guard state != .away else { return .none }
        state = .away
        return .reportAway(reason: reason)
    }
}
