import Foundation
import NIOCore
import NIOPosix
import Synchronization
import TestStack

/// One storm: an installation of its own, thousands of idle sessions on one edge, talk on the others, and that edge goes.
struct StormRun {
    enum Fault: String, CaseIterable, Sendable {
        /// SIGKILL: everybody finds out at once.
        case kill
        /// SIGTERM: everybody is asked to move.
        case drain
    }

    struct Plan: Sendable {
        var fault: Fault
        var sessions: Int
        var edges: Int
        var talkers: Int
        var rate: Double
        /// In what time all must be back.
        var limit: Duration
        /// What delivery on the other edges may take meanwhile, the 99th percentile, in milliseconds.
        var latency: Double
        /// How long a client may be offline beyond what it drew to wait, in milliseconds.
        var patience = 2500.0
    }

    let plan: Plan
    let show: @Sendable (String) -> Void

    func run() async throws -> StormResult {
        show("starting Redis, Postgres, \(plan.edges) edges and the other services from \(Programs.buildFolder)")
        let stack = try await Stack.start(Stack.Plan { $0.edges = plan.edges })
        let threads = MultiThreadedEventLoopGroup(numberOfThreads: 3)
        let result: Result<StormResult, any Error>
        do { result = .success(try await run(stack, threads)) } catch { result = .failure(error) }
        try await stack.stop()
        try await threads.shutdownGracefully()
        return try result.get()
    }

    private func run(_ stack: Stack, _ threads: MultiThreadedEventLoopGroup) async throws -> StormResult {
        var result = StormResult(fault: plan.fault.rawValue, sessions: plan.sessions)
        let edges = stack.edges
        let others = edges.dropFirst().map(\.port)
        let places = Places(first: edges[0].port, others: others)
        let loops = Array(threads.makeIterator())
        let crowds = try await crowds(stack, Array(loops.dropFirst()), places)
        let talk = try await talk(stack, loops[0], others)

        show("connecting \(plan.sessions) sessions to \(edges[0].name)")
        let begin = ContinuousClock.now
        for future in crowds.map({ $0.call { $0.connect(atOnce: 48) } }) { try await future.get() }
        let rate = Double(plan.sessions) / ((ContinuousClock.now - begin) / .seconds(1))
        show(String(format: "connected, %.0f a second", rate))
        try await talk.call { $0.connect() }.get()
        _ = try await talk.run { $0.begin(rate: plan.rate) }
        try await Task.sleep(for: .seconds(2))
        _ = try await talk.run { $0.take() }
        try await Task.sleep(for: .seconds(5))
        result.before = StormResult.Spread(try await talk.run { $0.take() }.latencies.map { Double($0) / 1000 })

        places.isFirstGone.store(true, ordering: .relaxed)
        let fault = NIODeadline.now()
        for crowd in crowds { _ = try await crowd.run { $0.faultBegins(fault) } }
        show("\(plan.fault.rawValue) of \(edges[0].name)")
        async let ended = end(edges[0])
        let isBack = try await wait(crowds)
        let tally = try await talk.run { $0.take() }
        result.during = StormResult.Spread(tally.latencies.map { Double($0) / 1000 })
        result.messagesDuring = tally.latencies.count
        result.edgeEnded = try await ended
        _ = try await talk.run { $0.end() }
        try await settle(talk, &result)
        var stories: [StormClient.Story] = []
        for crowd in crowds { stories += try await crowd.run { $0.stories } }
        result.take(stories)
        judge(&result, isBack: isBack)
        for crowd in crowds { _ = try await crowd.run { $0.stop() } }
        _ = try await talk.run { $0.stop() }
        return result
    }

    /// Ends the edge; how long that took, in seconds.
    private func end(_ edge: ServiceProcess) async throws -> Double {
        let begin = ContinuousClock.now
        switch plan.fault {
        case .kill: try await edge.kill()
        case .drain: try await edge.stop(within: .seconds(60))
        }
        return (ContinuousClock.now - begin) / .seconds(1)
    }

    /// Waits until every session is back, or twice the limit has passed.
    private func wait(_ crowds: [Confined<StormCrowd>]) async throws -> Bool {
        let clock = ContinuousClock()
        let begin = clock.now
        var line = begin
        while clock.now - begin < plan.limit * 2 {
            var back = 0
            for crowd in crowds { back += try await crowd.run { $0.counts.back } }
            if back == plan.sessions { return true }
            if clock.now - line > .seconds(2) {
                line = clock.now
                show(
                    String(format: "%.0f s: %d of %d are back", (clock.now - begin) / .seconds(1), back, plan.sessions))
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        return false
    }

    /// Waits for the last messages.
    private func settle(_ talk: Confined<StormTalk>, _ result: inout StormResult) async throws {
        for _ in 0..<100 {
            let tally = try await talk.run { $0.take() }
            (result.sent, result.delivered) = (tally.sent, tally.delivered)
            if tally.sent == tally.delivered { return }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    private func judge(_ result: inout StormResult, isBack: Bool) {
        let limit = plan.limit / .milliseconds(1)
        if !isBack || result.back < plan.sessions {
            result.complaints.append("\(plan.sessions - result.back) sessions are not back")
        }
        if result.backAfter.max > limit {
            result.complaints.append(
                String(
                    format: "the last session was back after %.1f s, not %.0f s", result.backAfter.max / 1000,
                    limit / 1000))
        }
        if result.during.p99 > plan.latency {
            result.complaints.append(
                String(
                    format: "delivery on the other edges took %.0f ms (p99), not %.0f ms", result.during.p99,
                    plan.latency))
        }
        if result.delivered != result.sent {
            result.complaints.append("\(result.sent - result.delivered) messages of the other edges are missing")
        }
        guard plan.fault == .drain else { return }
        if result.edgeEnded > 30 {
            result.complaints.append(String(format: "the edge took %.1f s to end, not 30 s", result.edgeEnded))
        }
        if result.beyondBackOff.max > plan.patience {
            result.complaints.append(
                String(
                    format: "a client was offline for %.1f s more than its back-off", result.beyondBackOff.max / 1000))
        }
    }

    // MARK: Making them

    private func crowds(
        _ stack: Stack, _ loops: [any EventLoop], _ places: Places
    ) async throws -> [Confined<StormCrowd>] {
        var crowds: [Confined<StormCrowd>] = []
        for (number, loop) in loops.enumerated() {
            let indices = stride(from: number, to: plan.sessions, by: loops.count).map { $0 }
            let tokens = try indices.map { try stack.token("storm-\($0)") }
            crowds.append(
                try await Confined(to: loop) {
                    StormCrowd(
                        zip(indices, tokens).map { index, token in
                            StormClient(index, token: token, loop: loop) { places.now }
                        }, loop: loop)
                })
        }
        return crowds
    }

    private func talk(_ stack: Stack, _ loop: any EventLoop, _ ports: [Int]) async throws -> Confined<StormTalk> {
        let users = (0..<plan.talkers).map { "talker-\($0)" }
        let tokens = try users.map { try stack.token($0) }
        return try await Confined(to: loop) {
            StormTalk(
                tokens.enumerated().map { index, token in
                    StormClient(index, token: token, loop: loop) { [ports[index % ports.count]] }
                }, users: users, loop: loop)
        }
    }
}

/// Where the idle devices connect: to the one edge first, and to the others when it is gone.
private final class Places: Sendable {
    let isFirstGone = Atomic(false)
    private let first: Int
    private let others: [Int]

    init(first: Int, others: [Int]) {
        self.first = first
        self.others = others
    }

    var now: [Int] { isFirstGone.load(ordering: .relaxed) ? others : [first] }
}
