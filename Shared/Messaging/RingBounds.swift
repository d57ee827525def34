/// How many sessions the edges of a ring may have: no edge more than 1.25 of what is its due by weight, so that no part of the ring makes an edge run over.
///
/// Only edges count that take sessions: on the ring, alive, not on their way out, and with a URL of their own, since a client cannot be sent to others.
public struct RingBounds: Sendable {
    /// How much more than its due an edge may have.
    public static let factor = 1.25

    /// Sessions of the edges that take sessions, by id.
    public let sessions: [String: Int]
    private let weights: [String: Int]
    private let total: Double
    private let weight: Double

    /// The bounds when `adding` sessions come on top of what the live edges have.
    /// - Parameters:
    ///   - ring: the present one.
    ///   - records: of the live edges.
    ///   - leaving: an edge that is left out, since it goes away.
    public init(_ ring: HashRing, records: [String: EdgeRecord], adding: Int = 1, leaving: String? = nil) {
        var sessions: [String: Int] = [:]
        var weights: [String: Int] = [:]
        for edge in ring.edges where edge.id != leaving {
            guard let record = records[edge.id], !record.draining, !record.url.isEmpty else { continue }
            sessions[edge.id] = max(0, record.sessions)
            weights[edge.id] = edge.weight
        }
        self.sessions = sessions
        self.weights = weights
        total = Double(sessions.values.reduce(adding, +))
        weight = Double(weights.values.reduce(0, +))
    }

    /// Whether an edge takes sessions.
    public func takes(_ edge: String) -> Bool { weights[edge] != nil }

    /// What is an edge's due; 0 for one that takes no sessions.
    public func due(_ edge: String) -> Double {
        guard let own = weights[edge] else { return 0 }
        return total * Double(own) / weight
    }

    /// The most sessions that an edge may have; 0 for one that takes none. All together have room for all.
    public func limit(_ edge: String) -> Int { Int((due(edge) * Self.factor).rounded(.up)) }

    /// How many more an edge may take.
    public func room(_ edge: String) -> Int { max(0, limit(edge) - (sessions[edge] ?? 0)) }

    /// Where a user who comes now is to go: to the edge that the user belongs on, or on from there to the first one with room. Nil when no edge takes sessions.
    public func edge(for user: String, on ring: HashRing) -> String? { ring.owner(of: user) { room($0.id) > 0 } }

    /// What an edge has in relation to its due; 1 is even.
    public func load(_ edge: String) -> Double {
        let due = due(edge)
        return due > 0 ? Double(sessions[edge] ?? 0) / due : 0
    }
}
