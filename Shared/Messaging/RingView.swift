/// The ring as a process knows it: the present one, and those that held shortly before. A value: take it once for whatever is to be decided together.
public struct RingView: Sendable {
    private struct Former: Sendable {
        var hash: HashRing
        var until: ContinuousClock.Instant
    }

    /// For how long after a change sessions may still be where they belonged before: longer than moving them and the leases of edges take.
    public static let settlingTime = Duration.seconds(60)
    /// Rings kept besides the present one. When more came within ``settlingTime``, nothing counts as settled until the time is over.
    private static let formerLimit = 4

    /// The present ring; ``Ring/none`` when none is known.
    public let ring: Ring
    /// The present ring, to compute with.
    public let hash: HashRing
    /// The part of the ring that belongs to each edge, 0 to 1.
    public let shares: [String: Double]
    /// The ring before this one; nil when this is the first one that was seen.
    public let previous: HashRing?
    /// When this process saw the present one first.
    public let since: ContinuousClock.Instant
    private let former: [Former]
    private let unsettledUntil: ContinuousClock.Instant?

    private init(
        ring: Ring, previous: HashRing?, since: ContinuousClock.Instant, former: [Former],
        unsettledUntil: ContinuousClock.Instant?
    ) {
        self.ring = ring
        hash = HashRing(ring.edges)
        shares = hash.shares
        self.previous = previous
        self.since = since
        self.former = former
        self.unsettledUntil = unsettledUntil
    }

    /// Nothing is known yet.
    public init(now: ContinuousClock.Instant = .now) {
        self.init(ring: .none, previous: nil, since: now, former: [], unsettledUntil: nil)
    }

    /// What is known when `ring` has been seen, written `age` ago; the same if it is the present one.
    public func adopting(_ ring: Ring, age: Duration, now: ContinuousClock.Instant) -> RingView {
        guard ring != self.ring else { return self }
        guard self.ring.version > 0 else {
            // What was before it is not known.
            let rest = Self.settlingTime - age
            return RingView(
                ring: ring, previous: nil, since: now, former: [], unsettledUntil: rest > .zero ? now + rest : nil)
        }
        var former = former.filter { $0.until > now }
        var unsettledUntil = unsettledUntil
        former.append(Former(hash: hash, until: now + Self.settlingTime))
        if former.count > Self.formerLimit {
            let dropped = former.removeFirst()
            unsettledUntil = max(unsettledUntil ?? dropped.until, dropped.until)
        }
        return RingView(ring: ring, previous: hash, since: now, former: former, unsettledUntil: unsettledUntil)
    }

    /// Whether there is an edge on it.
    public var isEmpty: Bool { hash.isEmpty }

    /// The edge that a user belongs on, alive or not; nil when there is no ring.
    public func owner(of user: String) -> String? { hash.owner(of: user) }

    /// The same if that can be relied on: nil also when the user belonged elsewhere less than ``settlingTime`` ago. Then the register is to be asked.
    public func settledOwner(of user: String, now: ContinuousClock.Instant) -> String? {
        if let unsettledUntil, now < unsettledUntil { return nil }
        guard let owner = hash.owner(of: user) else { return nil }
        for ring in former where ring.until > now {
            guard ring.hash.owner(of: user) == owner else { return nil }
        }
        return owner
    }
}
