import Messaging
import NIOCore

@testable import WSEdge

/// Edges with their sessions, records that are some seconds old, and clients that take their time: all simulated, a step of 200 ms at a time.
final class RebalanceFleet {
    struct Edge {
        var machine: RebalanceStateMachine
        /// Users with a session here.
        var users: Set<String> = []
        /// Where they are on their way to, and when they arrive; they leave here then.
        var moving: [String: (edge: String, arrives: Int, until: Int)] = [:]
        var pending: [String] = []
        var pass = 0
        var told = 0
        var capacity = 10
        /// Sessions that it can take each second.
        var intake = Int.max
        var taken = 0
    }

    /// Steps in a second.
    private static let perSecond = 5
    private let start = ContinuousClock.now
    private var generator: SplitMix
    private(set) var time = 0
    private(set) var edges: [String: Edge] = [:]
    private(set) var records: [String: EdgeRecord] = [:]
    private(set) var view: RingView
    private var version: Int64 = 0
    private let mode: RingMode
    private let rate: Double
    /// User, from, to.
    private(set) var moves: [(user: String, from: String, to: String)] = []
    /// The most that one edge told in any second.
    private(set) var mostToldInASecond = 0
    private(set) var overdue = 0

    init(_ ids: [String], mode: RingMode = .loose, rate: Double = 200, seed: UInt64 = 1) {
        generator = SplitMix(state: seed)
        view = RingView(now: start)
        self.mode = mode
        self.rate = rate
        for id in ids { add(id) }
        setRing(ids)
    }

    var now: ContinuousClock.Instant { start + .milliseconds(time * 1000 / Self.perSecond) }

    func add(_ id: String, intake: Int = .max) {
        edges[id] = Edge(
            machine: RebalanceStateMachine(.init(own: id, mode: mode, rate: rate, settled: .seconds(30))),
            intake: intake)
        renew(id)
    }

    func setRing(_ ids: [String]) {
        version += 1
        view = view.adopting(
            Ring(version: version, edges: ids.map { .init(id: $0) }, changed: 0), age: .zero, now: now)
    }

    func die(_ id: String) {
        edges[id] = nil
        records[id] = nil
    }

    func hide(_ id: String) { records[id]?.url = "" }
    func limit(_ id: String, intake: Int) { edges[id]?.intake = intake }

    /// A user connects, at home or on any edge.
    func connect(_ user: String, to edge: String? = nil) {
        let edge = edge ?? view.owner(of: user) ?? ""
        edges[edge]?.users.insert(user)
    }

    func renewAll() { for id in edges.keys { renew(id) } }

    private func renew(_ id: String) {
        let milliseconds = 100_000 + Int64(time) * 1000 / Int64(Self.perSecond)
        let url = records[id]?.url ?? "ws://\(id)/ws"
        records[id] = EdgeRecord(
            incarnation: "\(id):x", url: url, sessions: edges[id]?.users.count ?? 0, draining: false,
            since: records[id]?.since ?? milliseconds, expires: milliseconds + 15_000)
    }

    func pass(seconds: Int) { for _ in 0..<(seconds * Self.perSecond) { step() } }

    /// Until nobody moves, for so long at most.
    func settle(seconds: Int = 600) {
        pass(seconds: 2)
        for _ in 0..<(seconds * Self.perSecond) where isMoving { step() }
    }

    var isMoving: Bool { edges.values.contains { $0.machine.isMoving } }

    private func step() {
        if time % Self.perSecond == 0 {
            for id in edges.keys {
                mostToldInASecond = max(mostToldInASecond, edges[id]?.told ?? 0)
                edges[id]?.told = 0
                edges[id]?.taken = 0
            }
        }
        for (place, id) in edges.keys.sorted().enumerated() {
            if (time + place) % (5 * Self.perSecond) == 0 { renew(id) }
            run(id)
        }
        time += 1
    }

    private func run(_ id: String) {
        guard var edge = edges[id] else { return }
        edge.machine.look(view, now: now)
        if edge.machine.wantsRecords(now: now) { edge.machine.saw(records, now: now) }
        guard var order = edge.machine.step(sessions: edge.users.count, now: now) else {
            edges[id] = edge
            return
        }
        var report = MoveReport()
        var arrivals: [(String, String)] = []
        for (user, move) in edge.moving.sorted(by: { $0.key < $1.key }) {
            let hasRoom = (edges[move.edge]?.taken ?? .max) < (edges[move.edge]?.intake ?? 0)
            if move.arrives <= time, hasRoom {
                report.left[move.edge, default: 0] += 1
                edges[move.edge]?.taken += 1
                arrivals.append((user, move.edge))
            } else if move.until <= time {
                report.overdue[move.edge, default: 0] += 1
                overdue += 1
                // It comes back to where it was.
                edge.moving[user] = nil
            }
        }
        for (user, target) in arrivals {
            edge.moving[user] = nil
            edge.users.remove(user)
            edges[target]?.users.insert(user)
            moves.append((user, id, target))
        }
        if edge.pass != order.pass {
            edge.pass = order.pass
            edge.pending = edge.users.sorted()
        }
        var later: [String] = []
        while order.budget > 0, let user = edge.pending.popLast() {
            guard edge.users.contains(user), edge.moving[user] == nil else { continue }
            switch order.decide(user) {
            case .stay: break
            case .wait: later.append(user)
            case .move(let target, _):
                let within = Int(MoveOrder.within.nanoseconds / 1_000_000_000) * Self.perSecond
                edge.moving[user] = (
                    target, time + Int.random(in: 1...(within * 8 / 10), using: &generator), time + within * 3 / 2
                )
                edge.told += 1
                report.told[target, default: 0] += 1
                order.spend([target: 1])
            }
        }
        edge.pending.insert(contentsOf: later, at: 0)
        report.isDone = edge.pending.isEmpty && edge.moving.isEmpty
        edge.machine.stepped(report, now: now)
        edges[id] = edge
    }

    struct SplitMix: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var value = state
            value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
            value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
            return value ^ (value >> 31)
        }
    }
}
