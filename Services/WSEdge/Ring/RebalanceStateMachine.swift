import Messaging
import NIOCore

/// When an edge asks sessions to move to where they belong, how many, and how fast.
///
/// After each change of the ring it goes once through all sessions (a pass), and `strict` does so again and again. In steps of a fraction of a second it gives
/// out how many may be told: no more than the rate, no more at once than can be on their way in the time they are given, and for each edge no more than its bound
/// leaves room for. The rate is halved when those told do not arrive, and grows back while they do.
struct RebalanceStateMachine {
    struct Limits {
        var own: String
        var mode: RingMode
        /// Sessions a second.
        var rate: Double
        /// How long an edge must have been alive before `strict` sends it anybody; edges that came within that time of each other came together.
        var settled: Duration
        /// The time from the end of one pass to the next where the mode is `strict`.
        var pause = Duration.seconds(5)
        /// How old the records of the edges may be while sessions are moved.
        var recordsAge = Duration.seconds(1)
    }

    private struct Pass {
        var number: Int
        var ring: RingView
        var base: HashRing?
    }

    private static let slowest = 1.0
    /// The longest time that is made good when steps come late.
    private static let longestStep = 0.5

    private let limits: Limits
    private var pass: Pass?
    private var passes = 0
    /// The ring by which the sessions are arranged; nil before the first.
    private var arranged: RingView?
    private var nextPass: ContinuousClock.Instant?

    private var records: [String: EdgeRecord] = [:]
    private var readAt: ContinuousClock.Instant?
    private var steppedAt: ContinuousClock.Instant?
    private var credit = 0.0
    /// Told and still here.
    private(set) var outstanding = 0
    /// Told to go to an edge and not in its record yet.
    private var unseen: [String: Int] = [:]
    /// Those of them that have left here; and how many that were when the records were read before.
    private var gone: [String: Int] = [:]
    private var goneBefore: [String: Int] = [:]
    /// Arrived or overdue since the rate was last looked at.
    private var window = (left: 0, overdue: 0, hasStalled: false)
    private var windowBegan: ContinuousClock.Instant?
    private var current: Double

    init(_ limits: Limits) {
        self.limits = limits
        current = limits.rate
    }

    /// Whether sessions are being moved.
    var isMoving: Bool { pass != nil }
    /// Sessions a second, for now; 0 at rest.
    var rate: Double { isMoving ? current : 0 }

    // MARK: Looking

    /// A look at the ring. Begins a pass when there is reason to.
    mutating func look(_ view: RingView, now: ContinuousClock.Instant) {
        guard !view.isEmpty else { return }
        guard let arranged else {
            // Who is here came before anything was known: nothing has changed for them.
            arranged = view
            if limits.mode == .strict { begin(view, base: nil, now) }
            return
        }
        if let pass {
            // What the present pass has not come to is looked at by the newer ring; what it has done is not undone.
            if pass.ring.ring != view.ring { begin(view, base: pass.base, now) }
        } else if arranged.ring != view.ring {
            begin(view, base: limits.mode == .strict ? nil : arranged.hash, now)
        } else if limits.mode == .strict, let nextPass, now >= nextPass {
            begin(view, base: nil, now)
        }
    }

    private mutating func begin(_ view: RingView, base: HashRing?, _ now: ContinuousClock.Instant) {
        if pass == nil {
            (credit, current, steppedAt) = (0, limits.rate, now)
            (window, windowBegan) = ((0, 0, false), now)
        }
        passes += 1
        pass = Pass(number: passes, ring: view, base: base)
        // The edge that has just joined may not be among those read before.
        readAt = nil
    }

    /// Whether the records of the edges are to be read before the next step.
    func wantsRecords(now: ContinuousClock.Instant) -> Bool {
        guard isMoving else { return false }
        return readAt.map { now - $0 >= limits.recordsAge } ?? true
    }

    /// The records as they are now.
    mutating func saw(_ records: [String: EdgeRecord], now: ContinuousClock.Instant) {
        for (edge, record) in records {
            guard let before = self.records[edge], before != record else { continue }
            // Who left since the last reading may have come there after the record was written.
            let due = goneBefore[edge] ?? 0
            // Fewer than half of those who left for it have come: they wait at its door, or went elsewhere.
            if due >= 20, record.sessions - before.sessions < due / 2 { window.hasStalled = true }
            unseen[edge] = max(0, (unseen[edge] ?? 0) - due)
            gone[edge, default: 0] -= due
        }
        goneBefore = gone
        self.records = records
        readAt = now
    }

    // MARK: Stepping

    /// What is to be done in this step; nil at rest.
    mutating func step(sessions: Int, now: ContinuousClock.Instant) -> MoveOrder? {
        guard let pass else { return nil }
        adjust(now)
        let elapsed = min(Self.longestStep, (now - (steppedAt ?? now)) / .seconds(1))
        steppedAt = now
        credit = min(credit + current * elapsed, max(1, current * Self.longestStep))
        let atOnce = max(1, Int(current * Double(MoveOrder.within.nanoseconds) / 1e9))
        let budget = max(0, min(Int(credit), atOnce - outstanding))
        return MoveOrder(
            pass: pass.number, own: limits.own, mode: limits.mode, base: pass.base, ring: pass.ring.hash,
            targets: targets(pass.ring.hash, sessions: sessions, budget: budget), budget: budget)
    }

    private func targets(_ ring: HashRing, sessions: Int, budget: Int) -> [String: MoveOrder.Target] {
        let bounds = RingBounds(ring, records: records, adding: 0)
        let youngest = clock - limits.settled.milliseconds
        var targets: [String: MoveOrder.Target] = [:]
        for (edge, held) in bounds.sessions where edge != limits.own {
            guard let record = records[edge], held < bounds.limit(edge) else { continue }
            switch limits.mode {
            case .strict: if record.since > youngest { continue }
            case .loose: if hasComeWithThisOne(record) { continue }
            }
            // The other edges send theirs there as well: each takes its part of the room.
            let others = bounds.sessions.reduce(0) { $1.key == edge ? $0 : $0 + $1.value }
            let part = min(1, Double(sessions) / Double(max(1, others)))
            let room = Int((Double(bounds.limit(edge) - held) * part).rounded(.up)) - (unseen[edge] ?? 0)
            targets[edge] = MoveOrder.Target(url: record.url, budget: min(budget, max(0, room)))
        }
        return targets
    }

    /// Edges that start together form the ring one after the other: that is no reason to move those who have just connected.
    private func hasComeWithThisOne(_ record: EdgeRecord) -> Bool {
        guard let own = records[limits.own] else { return true }
        return abs(record.since - own.since) < limits.settled.milliseconds
    }

    /// Redis' clock, as of the newest record.
    private var clock: Int64 {
        (records.values.map(\.expires).max() ?? 0) - EdgeLease.duration.milliseconds
    }

    /// What became of the step.
    mutating func stepped(_ report: MoveReport, now: ContinuousClock.Instant) {
        for (edge, count) in report.told {
            outstanding += count
            credit -= Double(count)
            unseen[edge, default: 0] += count
        }
        for (edge, count) in report.left {
            outstanding -= count
            window.left += count
            gone[edge, default: 0] += count
        }
        for (edge, count) in report.overdue {
            outstanding -= count
            window.overdue += count
            // Where they go now is not for this edge to say.
            unseen[edge] = max(0, (unseen[edge] ?? 0) - count)
        }
        guard report.isDone, let pass else { return }
        arranged = pass.ring
        self.pass = nil
        outstanding = 0
        unseen = [:]
        gone = [:]
        goneBefore = [:]
        nextPass = now + limits.pause
    }

    // MARK: Backing off

    /// Once a second: slower when those told do not arrive, else faster again.
    private mutating func adjust(_ now: ContinuousClock.Instant) {
        guard let began = windowBegan, now - began >= .seconds(1) else { return }
        let isSlow = window.hasStalled || window.overdue * 10 > window.left + window.overdue
        current = isSlow ? max(Self.slowest, current / 2) : min(limits.rate, current * 1.25)
        window = (0, 0, false)
        windowBegan = now
    }
}

extension Duration {
    var milliseconds: Int64 { Int64(self / .milliseconds(1)) }
}
