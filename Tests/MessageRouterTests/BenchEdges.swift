import Messaging
import Synchronization

/// What the edges of a ``RouterBench`` are and have: who is alive, who has a session where, and the ring that the router sees.
final class BenchEdges: Sendable {
    private struct State {
        var live: [String: String] = [:]
        var sessions: Set<Place> = []
        var ring = RingView()
        var version: Int64 = 0
    }

    private struct Place: Hashable {
        var user: String
        var incarnation: String
    }

    private let state = Mutex(State())

    var ring: RingView { state.withLock { $0.ring } }

    /// An edge has this incarnation now. One that is new comes onto the ring.
    func live(_ edge: String, _ incarnation: String) {
        let isNew = state.withLock { $0.live.updateValue(incarnation, forKey: edge) == nil }
        if isNew { turn(to: state.withLock { Array($0.live.keys) }) }
    }

    /// These edges are on the ring now; the first ring has been there for long.
    func turn(to edges: [String], age: Duration = .seconds(3600)) {
        state.withLock { state in
            state.version += 1
            let ring = Ring(version: state.version, edges: edges.map { HashRing.Edge(id: $0) }, changed: 0)
            state.ring = state.ring.adopting(ring, age: age, now: .now)
        }
    }

    /// All live edges are on the ring, and have been for long.
    func settle() {
        state.withLock { $0.ring = RingView() }
        turn(to: state.withLock { Array($0.live.keys) })
    }

    func connect(_ user: String, _ incarnation: String) {
        _ = state.withLock { $0.sessions.insert(Place(user: user, incarnation: incarnation)) }
    }

    func disconnect(_ user: String, _ incarnation: String) {
        _ = state.withLock { $0.sessions.remove(Place(user: user, incarnation: incarnation)) }
    }

    /// Whether the edge has a session of the user, as it lives now.
    func has(_ user: String, on edge: String) -> Bool {
        state.withLock { state in
            guard let incarnation = state.live[edge] else { return false }
            return state.sessions.contains(Place(user: user, incarnation: incarnation))
        }
    }

    /// The live edges on which the user has sessions.
    func edges(of user: String) -> [String] {
        state.withLock { Array($0.live.keys) }.filter { has(user, on: $0) }
    }

    /// What is left of a batch on an edge, and whom it was told of and does not have.
    func read(_ bytes: [UInt8], on edge: String) throws -> (batch: EdgeBatch, absent: [String]) {
        let here = state.withLock { state in
            Set(
                state.sessions.filter { $0.incarnation == state.live[edge] }
                    .map { EdgeBatch.fingerprint(of: $0.user) })
        }
        var batch = EdgeBatch()
        var absent: [String]? = []
        try batch.read(bytes, where: here.contains, absent: &absent)
        return (batch, absent ?? [])
    }
}
