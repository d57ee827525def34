import Messaging
import NIOCore

/// What the event loops are to do in one step of moving sessions to where they belong.
struct MoveOrder: Sendable {
    /// An edge that sessions may be sent to.
    struct Target: Sendable, Equatable {
        var url: String
        /// How many may be told in this step.
        var budget: Int
    }

    /// What becomes of a session.
    enum Decision: Equatable {
        case stay
        /// It is to move, but not in this step.
        case wait
        case move(edge: String, url: String)
    }

    /// How long a session has to connect elsewhere. Nothing hurries: the edge goes on.
    static let within = TimeAmount.seconds(3)
    /// When a session that is still there is closed.
    static let grace = TimeAmount.milliseconds(4500)

    /// Grows whenever all sessions are to be looked at anew.
    let pass: Int
    let own: String
    let mode: RingMode
    /// The ring by which the sessions were arranged before; nil when that does not count.
    let base: HashRing?
    let ring: HashRing
    /// By edge. Who belongs on an edge that is not among them stays.
    var targets: [String: Target]
    /// How many may be told in this step, all together.
    var budget: Int

    /// Whether, and where to, a session of this user is to go now.
    func decide(_ user: String) -> Decision {
        guard let home = ring.owner(of: user), home != own, let target = targets[home], isMeant(user, home) else {
            return .stay
        }
        return budget > 0 && target.budget > 0 ? .move(edge: home, url: target.url) : .wait
    }

    /// Whether the change of the ring is a reason to move: the user belonged on an edge that is still there, so that the new one has taken the user from it, or the
    /// new one has just joined. Who belonged on an edge that left and came here stays: nothing is won by moving twice.
    private func isMeant(_ user: String, _ home: String) -> Bool {
        guard let base else { return true }
        guard let before = base.owner(of: user), before != home else { return false }
        return ring[before] != nil || base[home] == nil
    }

    /// So many were told.
    mutating func spend(_ told: [String: Int]) {
        for (edge, count) in told {
            budget -= count
            targets[edge]?.budget -= count
        }
    }
}

/// What became of a step, on one event loop or all of them.
struct MoveReport: Sendable, Equatable {
    /// Sessions told to move, by the edge that they were sent to.
    var told: [String: Int] = [:]
    /// Sessions told before that have left by themselves.
    var left: [String: Int] = [:]
    /// Sessions told before that were still there when their time was over.
    var overdue: [String: Int] = [:]
    /// Whether nobody is left to be looked at or waited for.
    var isDone = true

    mutating func add(_ other: MoveReport) {
        told.merge(other.told, uniquingKeysWith: +)
        left.merge(other.left, uniquingKeysWith: +)
        overdue.merge(other.overdue, uniquingKeysWith: +)
        isDone = isDone && other.isDone
    }
}
