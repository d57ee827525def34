import Messaging
import Synchronization

/// Where a user's client connects: the edge that the user belongs on, as presence answers, or on from there along the ring where that edge is not alive.
final class RingPlaces: Sendable {
    private struct State {
        var ring = HashRing()
        var ports: [String: Int] = [:]
    }

    private let state = Mutex(State())

    /// The ring that holds from now on, and the ports of the edges that live.
    func set(ring: HashRing, ports: [String: Int]) { state.withLock { $0 = State(ring: ring, ports: ports) } }

    /// An edge that is not to be connected to any more.
    func remove(_ edge: String) { state.withLock { $0.ports[edge] = nil } }

    func edge(of user: String) -> String? {
        state.withLock { state in state.ring.owner(of: user) { state.ports[$0.id] != nil } }
    }

    func ports(of user: String) -> [Int] {
        guard let edge = edge(of: user) else { return [] }
        return state.withLock { $0.ports[edge] }.map { [$0] } ?? []
    }
}
