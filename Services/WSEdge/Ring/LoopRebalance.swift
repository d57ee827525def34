import Messaging
import NIOCore

/// Moves sessions of one event loop to where they belong, as ``RebalanceStateMachine`` says. Confined to the loop.
final class LoopRebalance {
    /// Sessions looked at in one step, so that others have their turn.
    private static let looks = 2000
    /// In `strict`, how long a user who came back here after having been told is left alone.
    private static let patience = TimeAmount.minutes(5)
    /// Users remembered for that.
    private static let askedLimit = 50_000

    private unowned let loop: EdgeLoop
    private var pass = 0
    private var isStopped = false
    /// Still to be looked at in this pass.
    private var pending: [Session] = []
    /// Told, and when their time is over.
    private var moving: [(session: Session, edge: String, until: NIODeadline)] = []
    private var movingSessions: Set<ObjectIdentifier> = []
    private var asked: [String: NIODeadline] = [:]

    init(loop: EdgeLoop) { self.loop = loop }

    func step(_ order: MoveOrder, now: NIODeadline = .now()) -> MoveReport {
        var report = MoveReport()
        guard !isStopped else { return report }
        follow(now, &report)
        if order.pass != pass {
            pass = order.pass
            pending = loop.table.all
            asked = asked.filter { $0.value > now }
        }
        tell(order, now, &report)
        report.isDone = pending.isEmpty && moving.isEmpty
        return report
    }

    /// The edge goes away: its drain sees to everybody.
    func stop() {
        isStopped = true
        pending = []
        moving = []
        movingSessions = []
    }

    /// Sees who has gone of those told, and sends away those whose time is over.
    private func follow(_ now: NIODeadline, _ report: inout MoveReport) {
        moving.removeAll { session, edge, until in
            if session.machine.state == .ended {
                report.left[edge, default: 0] += 1
            } else if until <= now {
                report.overdue[edge, default: 0] += 1
                session.leave()
            } else {
                return false
            }
            movingSessions.remove(ObjectIdentifier(session))
            return true
        }
    }

    private func tell(_ order: MoveOrder, _ now: NIODeadline, _ report: inout MoveReport) {
        var order = order
        var later: [Session] = []
        var looks = Self.looks
        while looks > 0, order.budget > 0, let session = pending.popLast() {
            looks -= 1
            guard isToBeLookedAt(session, order, now) else { continue }
            switch order.decide(session.user) {
            case .stay: break
            case .wait: later.append(session)
            case .move(let edge, let url):
                // One that has not had its welcome cannot be told yet.
                guard session.move(to: url, within: MoveOrder.within) else {
                    later.append(session)
                    continue
                }
                moving.append((session, edge, now + MoveOrder.grace))
                movingSessions.insert(ObjectIdentifier(session))
                if order.mode == .strict { remember(session.user, now) }
                loop.environment.metrics.countMove(order.mode == .strict ? .strict : .join)
                report.told[edge, default: 0] += 1
                order.spend([edge: 1])
            }
        }
        pending.insert(contentsOf: later, at: 0)
    }

    private func isToBeLookedAt(_ session: Session, _ order: MoveOrder, _ now: NIODeadline) -> Bool {
        guard session.machine.state != .ended, !session.isLeaving,
            !movingSessions.contains(ObjectIdentifier(session)), session.transport?.followsAddresses != false
        else { return false }
        guard order.mode == .strict, let until = asked[session.user] else { return true }
        return until <= now
    }

    private func remember(_ user: String, _ now: NIODeadline) {
        // Who is forgotten for want of room is merely asked again sooner.
        if asked.count >= Self.askedLimit { asked = [:] }
        asked[user] = now + Self.patience
    }
}

@available(*, unavailable)
extension LoopRebalance: Sendable {}
