import NIOCore
import NIOPosix

/// Many clients that talk to each other by plan, and the judgement over what arrived.
///
/// Messages go out at their times whether or not earlier ones were answered, and latencies count from the intended time, so a stall
/// shows in full. Every message is numbered; in the end each accepted one must have come to each recipient once, in order.
package final class Traffic: Sendable {
    /// What to show while it runs.
    package struct Progress: Sendable {
        package let elapsed: Double
        package let total: Double
        package let open: Int
        package let sent: Int
        package let accepted: Int
        package let delivered: Int
        /// Deliveries a second since the last time.
        package let rate: Double
        /// Milliseconds, of the deliveries since the last time.
        package let latency: TrafficReport.Latency
    }

    private let plan: TrafficPlan
    private let shards: [(loop: any EventLoop, shard: NIOLoopBound<TrafficShard>)]

    private init(_ plan: TrafficPlan, loops: [any EventLoop], tokens: [String]) async throws {
        self.plan = plan
        var shards: [(any EventLoop, NIOLoopBound<TrafficShard>)] = []
        for (number, loop) in loops.enumerated() {
            let indices = stride(from: number, to: plan.clients, by: loops.count).map { $0 }
            let shard = try await loop.submit {
                NIOLoopBound(TrafficShard(clients: indices, plan: plan, tokens: tokens, loop: loop), eventLoop: loop)
            }.get()
            shards.append((loop, shard))
        }
        self.shards = shards
    }

    /// Connects all clients of a plan. They stay connected until ``stop()``.
    /// - Parameter loops: how many event loops carry them.
    package static func connect(_ plan: TrafficPlan, loops: Int = 2, within limit: Duration = .seconds(60)) async throws
        -> Traffic
    {
        let iterator = MultiThreadedEventLoopGroup.singleton.makeIterator()
        let tokens = try (0..<plan.clients).map { try Token(user: plan.user($0)).signed(plan.secret) }
        let traffic = try await Traffic(plan, loops: Array(iterator.prefix(loops)), tokens: tokens)
        let connected = try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                for future in traffic.connectShards() {
                    do { try await future.get() } catch is CancellationError { return false }
                }
                return true
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            let first = try await group.next() ?? false
            if !first { await traffic.stop() }
            group.cancelAll()
            return first
        }
        guard connected else {
            throw TestStackError(
                .timedOut, "\(plan.clients) clients could not connect to \(plan.edges) within \(limit)")
        }
        return traffic
    }

    private func connectShards() -> [EventLoopFuture<Void>] {
        let atOnce = max(1, plan.connecting / shards.count)
        return shards.map { loop, shard in loop.flatSubmit { shard.value.connect(atOnce: atOnce) } }
    }

    /// Runs a plan from the first connection to the report.
    package static func run(
        _ plan: TrafficPlan, onProgress: @Sendable (Progress) -> Void = { _ in }
    ) async throws -> TrafficReport {
        let traffic = try await connect(plan)
        do {
            try await traffic.makeGroups()
            try await traffic.send(onProgress)
            try await traffic.drain()
            let report = try await traffic.report()
            await traffic.stop()
            return report
        } catch {
            await traffic.stop()
            throw error
        }
    }

    private func makeGroups() async throws {
        for group in 0..<(plan.groupShare > 0 ? plan.groups : 0) {
            let members = plan.members(ofGroup: group).map(plan.user)
            let url = "\(plan.router)/v1/groups/\(plan.group(group))"
            let token = try Token(user: members[0]).signed(plan.secret)
            let list = members.map { "\"\($0)\"" }.joined(separator: ",")
            let answer = try await HTTPClient.request(
                "PUT", url, token: token, body: "{\"name\":\"load\",\"members\":[\(list)]}")
            guard (200..<300).contains(answer.status) else {
                throw TestStackError(.connection, "PUT \(url): \(answer.status) \(answer.text)")
            }
            try await eventually("the group \(plan.group(group)) has its members") {
                let answer = try await HTTPClient.get(url, token: token)
                guard answer.status == 200 else { return false }
                return try answer.json()["members"]?.array?.count == members.count
            }
        }
    }

    private func send(_ onProgress: @Sendable (Progress) -> Void) async throws {
        let clock = ContinuousClock()
        let start = NIODeadline.now() + .milliseconds(50)
        let begin = clock.now
        let seconds = plan.duration / .seconds(1)
        let share = plan.rate / Double(shards.count)
        for (loop, shard) in shards {
            loop.execute { [plan] in
                shard.value.send(
                    from: start, every: .seconds(1) / share, count: Int(share * (plan.duration / .seconds(1))))
            }
        }
        var last = try await counts()
        var lastTime = begin
        while clock.now - begin < plan.duration + .milliseconds(50) {
            try await Task.sleep(for: min(.milliseconds(500), plan.duration))
            let counts = try await counts()
            let now = clock.now
            onProgress(
                Progress(
                    elapsed: (now - begin) / .seconds(1), total: seconds, open: counts.open, sent: counts.sent,
                    accepted: counts.accepted, delivered: counts.delivered,
                    rate: Double(counts.delivered - last.delivered) / ((now - lastTime) / .seconds(1)),
                    latency: .init(microseconds: counts.recent)))
            (last, lastTime) = (counts, now)
        }
    }

    /// Waits until everything has come, or nothing has for as long as the plan's patience.
    private func drain() async throws {
        let clock = ContinuousClock()
        var last = (-1, -1)
        var since = clock.now
        while clock.now - since < plan.patience {
            let report = try await report()
            if report.unanswered == 0, report.delivered == report.expected { return }
            if (report.accepted, report.delivered) != last {
                last = (report.accepted, report.delivered)
                since = clock.now
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    /// What has happened so far.
    package func counts() async throws -> (open: Int, sent: Int, accepted: Int, delivered: Int, recent: [UInt32]) {
        var sum = TrafficShard.Counts()
        for (loop, shard) in shards { sum.add(try await loop.submit { shard.value.counts() }.get()) }
        return (sum.open, sum.sent, sum.accepted, sum.delivered, sum.recent)
    }

    /// Ends all sessions.
    package func stop() async {
        for (loop, shard) in shards { try? await loop.submit { shard.value.stop() }.get() }
    }

    private func report() async throws -> TrafficReport {
        var judge = TrafficJudge(plan)
        for (loop, shard) in shards {
            let parts = try await loop.submit {
                shard.value.clients.map {
                    TrafficJudge.Part(
                        index: $0.index, ledger: $0.ledger, sent: $0.sent, unanswered: $0.unanswered,
                        reconnects: $0.reconnects, deliveries: $0.deliveries, acceptances: $0.acceptances)
                }
            }.get()
            for part in parts { judge.add(part) }
        }
        return judge.report()
    }
}
