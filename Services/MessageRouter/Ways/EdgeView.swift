import Messaging
import RedisStreams

/// How the edges of recipients are found, as of one moment: what is asked of Redis for each user, and where the user's edges are told.
struct EdgeView: Sendable {
    enum Way: Sendable {
        case register
        /// With the edges that are alive: one that is not is no place to tell anybody.
        case ring(RingView, at: ContinuousClock.Instant, live: Set<String>)
        case broadcast
    }

    private let way: Way

    init(_ way: Way) { self.way = way }

    /// What is asked when something is delivered to a user.
    func question(for user: String) -> Whereabouts.Question {
        switch way {
        case .register: .sessions
        case .ring: home(of: user) == nil ? .sessions : .ring
        case .broadcast: .nothing
        }
    }

    /// Where a user's edges are told. `edges`: of the incarnations that are alive, incarnation → edge.
    func targets(of user: String, _ whereabouts: Whereabouts, _ edges: [String: String]) -> [EdgeTarget] {
        switch whereabouts {
        case .incarnations(let incarnations): incarnations.compactMap { edges[$0].map(EdgeTarget.edge) }
        case .home: home(of: user).map { [.edge($0)] } ?? []
        case .unknown: [.all]
        }
    }

    /// Whether edges are to say whom of those they are told of they do not have.
    var asksForMisses: Bool {
        if case .ring = way { true } else { false }
    }

    /// The live edge that the ring says for a user; nil where there is none, or where sessions may still be where the ring said before: then it has to be looked up.
    func home(of user: String) -> String? {
        guard case .ring(let ring, let time, let live) = way, let edge = ring.settledOwner(of: user, now: time),
            live.contains(edge)
        else {
            return nil
        }
        return edge
    }

    /// Whether a user of whom Redis said that some sessions are not where the ring says has all of them there now; those of dead incarnations do not count.
    func isBackHome(_ user: String, _ whereabouts: Whereabouts, _ edges: [String: String]) -> Bool {
        guard case .incarnations(let incarnations) = whereabouts, !incarnations.isEmpty, let home = home(of: user)
        else {
            return false
        }
        return incarnations.allSatisfy { edges[$0] ?? home == home }
    }
}
