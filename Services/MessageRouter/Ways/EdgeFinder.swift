import Messaging
import RedisStreams

/// Finds the edges of recipients, in the way that the setting `ROUTING` names.
struct EdgeFinder: Sendable {
    let way: RoutingWay
    private let edges: EdgeBook
    private let ring: @Sendable () -> RingView
    private let haste: Duration

    /// - Parameters:
    ///   - settling: how long after a change of the ring users whom it concerns are looked up instead, ``RingView/settlingTime`` at most.
    ///   - ring: the ring as it is known now; only the way `ring` asks.
    init(
        _ way: RoutingWay, edges: EdgeBook, settling: Duration = RingView.settlingTime,
        ring: @escaping @Sendable () -> RingView = { RingView() }
    ) {
        self.way = way
        self.edges = edges
        self.ring = ring
        haste = max(.zero, RingView.settlingTime - settling)
    }

    /// How edges are found now: to be used for all of a chunk, so that what is asked and what is made of the answer are of one mind.
    func view(now: ContinuousClock.Instant = .now) -> EdgeView {
        switch way {
        case .register: EdgeView(.register)
        case .broadcast: EdgeView(.broadcast)
        // Seen from so much later, the ring has settled so much earlier.
        case .ring: EdgeView(.ring(ring(), at: now + haste, live: edges.ids))
        }
    }
}
