import Foundation
import Messaging
import NIOCore
import NIOPosix
import TestStack

/// One change of the ring: an installation of its own, sessions that are where they belong, talk among others, and an edge that joins, leaves or dies.
struct RingRun {
    enum Fault: String, CaseIterable, Sendable {
        /// One more edge is started.
        case join
        /// An edge is stopped by SIGTERM.
        case leave
        /// An edge is stopped by SIGKILL.
        case kill
    }

    struct Plan: Sendable {
        var fault: Fault
        var sessions: Int
        /// Before the fault.
        var edges: Int
        var talkers: Int
        var rate: Double
        /// Sessions a second that an edge asks to move.
        var moveRate: Int
        /// Seconds.
        var hysteresis: Int
        /// In what time all must be where they belong.
        var limit: Duration
    }

    let plan: Plan
    let show: @Sendable (String) -> Void

    func run() async throws -> RingResult {
        show("starting Redis, Postgres, \(plan.edges) edges and the other services from \(Programs.buildFolder)")
        let stack = try await Stack.start(
            Stack.Plan { stack in
                stack.edges = plan.edges
                stack.environment = [
                    "RING_HYSTERESIS": "\(plan.hysteresis)", "MOVE_RATE": "\(plan.moveRate)",
                ]
            })
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let result: Result<RingResult, any Error>
        do { result = .success(try await run(stack, threads)) } catch { result = .failure(error) }
        try await stack.stop()
        try await threads.shutdownGracefully()
        return try result.get()
    }

    private func run(_ stack: Stack, _ threads: MultiThreadedEventLoopGroup) async throws -> RingResult {
        var result = RingResult(fault: plan.fault.rawValue, sessions: plan.sessions, edges: plan.edges)
        let view = RingWatch(stack: stack)
        let before = try await view.wait { $0.edges.count == plan.edges }
        let places = RingPlaces()
        places.set(ring: before.hash, ports: view.ports)
        let loops = Array(threads.makeIterator())
        let crowds = try await crowds(stack, Array(loops.dropFirst()), places)
        let talk = try await talk(stack, loops[0], places)

        show("asking where \(plan.sessions) users belong")
        result.locate = StormResult.Spread(try await view.locate((0..<plan.sessions).map(Self.user), as: "operator"))
        show("connecting \(plan.sessions) sessions, each where its user belongs")
        for future in crowds.map({ $0.call { $0.connect(atOnce: 48) } }) { try await future.get() }
        try await talk.call { $0.connect() }.get()
        _ = try await talk.run { $0.begin(rate: plan.rate) }
        try await Task.sleep(for: .seconds(2))
        _ = try await talk.run { $0.take() }
        // Records of the edges are some seconds old: what they say is to be what there is.
        try await Task.sleep(for: .seconds(6))
        result.before = StormResult.Spread(try await talk.run { $0.take() }.latencies.map { Double($0) / 1000 })

        let start = try await positions(crowds)
        let fault = NIODeadline.now()
        for crowd in crowds { _ = try await crowd.run { $0.faultBegins(fault) } }
        async let ended: Void = happen(stack, places)
        // An edge that was killed keeps its place for a while: its sessions are elsewhere long before the ring changes.
        var after = plan.fault == .kill ? before : try await change(of: before, view, since: fault, &result)
        try await ended
        if plan.fault == .join { places.set(ring: after.hash, ports: view.ports) }
        let wanted = wanted(start, before: before, after: after)
        let isSettled = try await wait(crowds, for: wanted, beyondBound: beyondBound(wanted, start: start))
        result.settled = Self.seconds(since: fault)
        if plan.fault == .kill { after = try await change(of: before, view, since: fault, &result) }
        result.versions = [before, after].map { Int($0.version) }
        // Who would move without need has the time to do so.
        try await Task.sleep(for: .seconds(3))
        result.during = StormResult.Spread(try await talk.run { $0.take() }.latencies.map { Double($0) / 1000 })
        _ = try await talk.run { $0.end() }
        try await settle(talk, &result)
        try await judge(&result, crowds, start: start, wanted: wanted, isSettled: isSettled)
        for crowd in crowds { _ = try await crowd.run { $0.stop() } }
        _ = try await talk.run { $0.stop() }
        return result
    }

    // MARK: The fault

    /// The edge that goes: the last one, `edge-<n>`.
    private var victim: String { "edge-\(plan.edges)" }
    /// The edge that comes.
    private var newcomer: String { "edge-\(plan.edges + 1)" }

    private func happen(_ stack: Stack, _ places: RingPlaces) async throws {
        show("\(plan.fault.rawValue) of \(plan.fault == .join ? newcomer : victim)")
        switch plan.fault {
        case .join: try await stack.add(.edge)
        case .leave:
            places.remove(victim)
            try await stack.edges[plan.edges - 1].stop(within: .seconds(60))
        case .kill:
            places.remove(victim)
            try await stack.edges[plan.edges - 1].kill()
        }
    }

    /// Waits until the ring is as the fault makes it.
    private func change(
        of before: Ring, _ view: RingWatch, since fault: NIODeadline, _ result: inout RingResult
    ) async throws -> Ring {
        let after = try await view.wait(within: .seconds(plan.hysteresis + 60)) { ring in
            plan.fault == .join
                ? ring.edges.contains { $0.id == newcomer } : !ring.edges.contains { $0.id == victim }
        }
        result.ringChanged = Self.seconds(since: fault)
        show("the ring has version \(after.version)")
        return after
    }

    /// Where each session is to be in the end, by index.
    private func wanted(_ start: [Int: String], before: Ring, after: Ring) -> [Int: String] {
        var wanted = start
        let (old, new) = (before.hash, after.hash)
        for (index, edge) in start {
            let user = Self.user(index)
            switch plan.fault {
            case .join: if new.owner(of: user) == newcomer { wanted[index] = newcomer }
            case .leave, .kill:
                if edge == victim { wanted[index] = old.owner(of: user) { $0.id != victim } }
            }
        }
        return wanted
    }

    /// How many of those that belong on the joining edge its bound keeps away.
    private func beyondBound(_ wanted: [Int: String], start: [Int: String]) -> Int {
        guard plan.fault == .join else { return 0 }
        let due = wanted.count { start[$0.key] != $0.value }
        return max(0, due - Int(Double(plan.sessions) / Double(plan.edges + 1) * 1.25))
    }

    // MARK: Waiting and judging

    private func positions(_ crowds: [Confined<StormCrowd>]) async throws -> [Int: String] {
        var positions: [Int: String] = [:]
        for crowd in crowds {
            for (index, edge) in try await crowd.run({ $0.edges }) { positions[index] = edge }
        }
        return positions
    }

    private func wait(
        _ crowds: [Confined<StormCrowd>], for wanted: [Int: String], beyondBound: Int
    ) async throws -> Bool {
        let clock = ContinuousClock()
        let begin = clock.now
        var line = begin
        while clock.now - begin < plan.limit {
            let now = try await positions(crowds)
            let missing = wanted.count { now[$0.key] != $0.value }
            if missing <= beyondBound { return true }
            if clock.now - line > .seconds(2) {
                line = clock.now
                show(String(format: "%.0f s: %d are not there yet", (clock.now - begin) / .seconds(1), missing))
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return false
    }

    private func settle(_ talk: Confined<StormTalk>, _ result: inout RingResult) async throws {
        for _ in 0..<100 {
            let tally = try await talk.run { $0.take() }
            (result.sent, result.delivered) = (tally.sent, tally.delivered)
            if tally.sent == tally.delivered { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func judge(
        _ result: inout RingResult, _ crowds: [Confined<StormCrowd>], start: [Int: String], wanted: [Int: String],
        isSettled: Bool
    ) async throws {
        let end = try await positions(crowds)
        for index in 0..<plan.sessions {
            let (from, to) = (start[index], end[index])
            let isDue = wanted[index] != from
            if isDue { result.due += 1 }
            if to != from { result.moved += 1 }
            if isDue, to == from { result.stayed += 1 }
            if to != from, to != wanted[index] { result.astray += 1 }
            if let to { result.spread[to, default: 0] += 1 }
        }
        var stories: [StormClient.Story] = []
        for crowd in crowds { stories += try await crowd.run { $0.stories } }
        let moved = stories.filter { $0.from != $0.edge }
        result.movedWithoutBreak = moved.count { $0.wasMoved && $0.offline == .zero }
        result.offline = StormResult.Spread(moved.map { Double($0.offline.nanoseconds) / 1e6 })
        complain(&result, isSettled: isSettled)
    }

    private func complain(_ result: inout RingResult, isSettled: Bool) {
        if !isSettled {
            result.complaints.append("\(result.stayed) sessions are not where they belong after \(plan.limit)")
        }
        if result.astray > 0 {
            result.complaints.append("\(result.astray) sessions moved that were not to, or elsewhere than they were to")
        }
        if result.delivered != result.sent {
            result.complaints.append("\(result.delivered) messages came of \(result.sent)")
        }
        let mean = Double(plan.sessions) / Double(plan.fault == .join ? plan.edges + 1 : plan.edges)
        // The part of the ring that is an edge's strays by some percent, and the users by what chance does to so few.
        if Double(result.due) > mean * 1.15 + 3 * mean.squareRoot() {
            result.complaints.append("\(result.due) sessions had to move, of a share of \(Int(mean))")
        }
        // They are placed by the ring alone: what presence does about an edge that is full has no part here, and few are never even.
        if result.highestLoad > 1.25 + 3 / mean.squareRoot() {
            result.complaints.append("an edge has \(result.highestLoad) of the mean, more than 1.25")
        }
    }

    private static func seconds(since time: NIODeadline) -> Double {
        Double((NIODeadline.now() - time).nanoseconds) / 1e9
    }

    // MARK: Making them

    private static func user(_ index: Int) -> String { "ring-\(index)" }

    private func crowds(
        _ stack: Stack, _ loops: [any EventLoop], _ places: RingPlaces
    ) async throws -> [Confined<StormCrowd>] {
        var crowds: [Confined<StormCrowd>] = []
        for (number, loop) in loops.enumerated() {
            let indices = stride(from: number, to: plan.sessions, by: loops.count).map { $0 }
            let tokens = try indices.map { try stack.token(Self.user($0)) }
            crowds.append(
                try await Confined(to: loop) {
                    StormCrowd(
                        zip(indices, tokens).map { index, token in
                            StormClient(index, token: token, loop: loop) { places.ports(of: Self.user(index)) }
                        }, loop: loop)
                })
        }
        return crowds
    }

    /// Devices that talk. They are where they belong, too, so that some of them move when an edge joins; but none is on an edge that goes.
    private func talk(_ stack: Stack, _ loop: any EventLoop, _ places: RingPlaces) async throws -> Confined<StormTalk> {
        let users = (0...).lazy.map { "talker-\($0)" }
            .filter { plan.fault == .join || places.edge(of: $0) != victim }.prefix(plan.talkers)
        let names = Array(users)
        let tokens = try names.map { try stack.token($0) }
        return try await Confined(to: loop) {
            StormTalk(
                zip(names, tokens).enumerated().map { index, talker in
                    StormClient(index, token: talker.1, loop: loop) { places.ports(of: talker.0) }
                }, users: names, loop: loop)
        }
    }
}

extension Ring {
    var hash: HashRing { HashRing(edges) }
}
