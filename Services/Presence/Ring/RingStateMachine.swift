import Messaging

/// Which edges stand on the ring.
///
/// - An edge that is on its way out leaves at once: it knows that it goes.
/// - One that is gone without a word keeps its points for a while: nobody is placed on it meanwhile, and nothing moves when it comes back.
/// - One that is new joins when it has been alive for the same while. Where no edge on the ring has been alive for that long it joins at once:
///   then the ring is only just being formed, and waiting would put everybody on whoever came first.
///
/// So an edge that comes and goes faster than that changes nothing, however often.
struct RingStateMachine {
    enum Action: Equatable {
        case none
        /// The ring is to become this, if it still has the version expected.
        case write(edges: [HashRing.Edge], version: Int64, expected: Int64)
    }

    /// How long an edge must have been alive to join, or gone to leave.
    let hysteresis: Duration
    /// Since when edges of the ring have been seen gone. A presence that takes over counts from its first look: longer, and nothing moves.
    private var goneSince: [String: ContinuousClock.Instant] = [:]
    /// The highest version that was seen or meant to be written: a Redis with an older state does not make versions come twice.
    private var highest: Int64 = 0

    init(hysteresis: Duration) { self.hysteresis = hysteresis }

    /// A look at things as they are.
    /// - Parameters:
    ///   - records: of the live edges.
    ///   - redisTime: by Redis' clock in ms, as the records' times are.
    mutating func look(
        ring: Ring, records: [String: EdgeRecord], redisTime: Int64, now: ContinuousClock.Instant
    ) -> Action {
        highest = max(highest, ring.version)
        let takesSessions = records.filter { !$0.value.draining }
        var edges: [HashRing.Edge] = []
        var hasSettled = false
        for edge in ring.edges {
            if let record = takesSessions[edge.id] {
                goneSince[edge.id] = nil
                edges.append(HashRing.Edge(id: edge.id, weight: record.capacity))
                if age(record, redisTime) >= hysteresis { hasSettled = true }
            } else if records[edge.id] == nil, isKept(edge.id, now) {
                edges.append(edge)
            }
        }
        let members = Set(edges.map(\.id))
        for (id, record) in takesSessions where !members.contains(id) {
            guard !hasSettled || age(record, redisTime) >= hysteresis else { continue }
            edges.append(HashRing.Edge(id: id, weight: record.capacity))
        }
        edges.sort { $0.id < $1.id }
        goneSince = goneSince.filter { members.contains($0.key) }
        guard edges != ring.edges else { return .none }
        highest += 1
        return .write(edges: edges, version: highest, expected: ring.version)
    }

    /// Whether an edge that is gone keeps its points for now.
    private mutating func isKept(_ edge: String, _ now: ContinuousClock.Instant) -> Bool {
        let since = goneSince[edge] ?? now
        goneSince[edge] = since
        return now - since < hysteresis
    }

    private func age(_ record: EdgeRecord, _ redisTime: Int64) -> Duration { .milliseconds(redisTime - record.since) }
}
