import Foundation

/// The stages of one audit: connect, traffic, drain, read back, judge.
struct Audit: Sendable {
    let plan: AuditPlan
    let target: AuditTarget
    let swarm: Swarm
    let folder: URL
    private let stage = Stage()

    init(plan: AuditPlan, target: AuditTarget, swarm: Swarm, folder: URL) {
        self.plan = plan
        self.target = target
        self.swarm = swarm
        self.folder = folder
    }

    func run(
        _ onProgress: @escaping @Sendable (AuditRun.Progress) -> Void,
        _ meanwhile: @escaping @Sendable (AuditControl) async throws -> Void
    ) async throws -> AuditResult {
        let gaps = GapFilling(swarm: swarm, target: target)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await gaps.run() }
            group.addTask { try await report(onProgress) }
            defer { group.cancelAll() }
            return try await stages(meanwhile)
        }
    }

    private func stages(
        _ meanwhile: @escaping @Sendable (AuditControl) async throws -> Void
    ) async throws -> AuditResult {
        let membership = Membership(swarm: swarm, target: target)
        let recovery = Recovery(swarm: swarm, presence: PresenceReading(swarm: swarm, target: target))
        stage.begin("connecting")
        try await swarm.connect()
        try await membership.makeGroups()
        let seconds = try await traffic(membership, recovery, meanwhile)
        stage.begin("waiting for what is under way")
        try await drain()
        if plan.readsBack {
            stage.begin("reading history")
            try await HistoryReading(swarm: swarm, target: target).run()
        }
        stage.begin("judging")
        try await awaitTheMissing()
        if plan.readsBack {
            stage.begin("checking presence")
            try await checkPresence()
        }
        stage.begin("judging")
        try await swarm.recordUnanswered()
        try await swarm.flush()
        var result = try await judge()
        result.seconds = seconds
        try await complete(&result, recoveries: await recovery.all)
        await membership.deleteGroups()
        return result
    }

    // MARK: Traffic

    private func traffic(
        _ membership: Membership, _ recovery: Recovery,
        _ meanwhile: @escaping @Sendable (AuditControl) async throws -> Void
    ) async throws -> Double {
        let start = ContinuousClock.now
        stage.begin("traffic", total: plan.duration / .seconds(1))
        try await swarm.startSending()
        try await swarm.churn(true)
        async let changing: Void = membership.run()
        try await meanwhile(AuditControl(swarm: swarm, recovery: recovery))
        let settled = await recovery.all.isEmpty ? start : ContinuousClock.now + plan.settling
        try await Task.sleep(until: max(start + plan.duration, settled))
        await membership.stop()
        try await changing
        try await swarm.stopSending()
        return (ContinuousClock.now - start) / .seconds(1)
    }

    /// Waits until everyone is here, everything is answered and nothing comes any more; or until nothing has changed for as long as the plan's patience.
    private func drain() async throws {
        try await swarm.gather()
        var last = (-1, -1, -1)
        var since = ContinuousClock.now
        while true {
            let counts = try await swarm.counts()
            let control = counts.control
            let now = (control.accepted, control.delivered + counts.synced, control.open)
            if now != last { (last, since) = (now, .now) }
            let quiet = ContinuousClock.now - since
            if quiet > .seconds(2), counts.unanswered == 0, control.open >= control.wanted { return }
            if quiet > plan.patience { return }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Judges, and while something is missing waits for it, for as long as the plan's patience.
    private func awaitTheMissing() async throws {
        var since = ContinuousClock.now
        var missing = Int.max
        while true {
            try await swarm.flush()
            let lost = try await judge().violations[.lost] ?? 0
            if lost == 0 { return }
            if lost < missing { (missing, since) = (lost, .now) }
            guard ContinuousClock.now - since < plan.patience else { return }
            try await Task.sleep(for: .seconds(2))
        }
    }

    // MARK: Presence

    /// Presence is right with everyone here, and once more when half of the users have gone.
    private func checkPresence() async throws {
        try await recordPresence()
        let gone = (0..<plan.users).filter { $0 % 2 == 0 }.flatMap(swarm.names.devices)
        try await swarm.dismiss(Set(gone))
        try await recordPresence()
    }

    /// Asks until all is right or the plan's limit is over, and writes the last answers down.
    private func recordPresence() async throws {
        let presence = PresenceReading(swarm: swarm, target: target)
        let deadline = ContinuousClock.now + plan.presenceLimit
        while true {
            let answers = try await presence.answers()
            let isRight = answers.allSatisfy(PresenceReading.isRight)
            if isRight || ContinuousClock.now > deadline { return try await swarm.record(answers) }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    // MARK: The result

    /// On a thread of its own kind: it computes for a while.
    @concurrent private func judge() async throws -> AuditResult { try AuditJudge.judge(folder) }

    private func complete(_ result: inout AuditResult, recoveries: [AuditResult.Recovery]) async throws {
        let counts = try await swarm.counts()
        result.seed = plan.seed
        result.clients = plan.users * plan.devices
        result.users = plan.users
        result.edges = target.edges.count
        result.delivery = counts.delivery.latency
        result.acceptance = counts.acceptance.latency
        result.recoveries = recoveries
        func late(_ kind: AuditViolation, _ seconds: Double?, _ limit: Duration, _ recovery: AuditResult.Recovery) {
            guard seconds ?? .infinity > limit / .seconds(1) else { return }
            result.violations[kind, default: 0] += 1
            let took = seconds.map { "after \(String(format: "%.1f", $0)) s" } ?? "never"
            result.examples.append(.init(kind: kind, text: "after \(recovery.fault): \(took)", history: []))
        }
        for recovery in recoveries {
            late(.lateReconnect, recovery.reconnectSeconds, plan.reconnectLimit, recovery)
            late(.latePresence, recovery.presenceSeconds, plan.presenceLimit, recovery)
        }
        result.examples = Array(result.examples.prefix(Findings.kept))
    }

    private func report(_ onProgress: @Sendable (AuditRun.Progress) -> Void) async throws {
        var last = SwarmLog.Counts()
        var lastTime = ContinuousClock.now
        while true {
            try await Task.sleep(for: .milliseconds(500))
            let counts = try await swarm.counts()
            let now = ContinuousClock.now
            let (name, elapsed, total) = stage.current
            onProgress(
                .init(
                    stage: name, elapsed: elapsed, total: total, counts: counts.control,
                    deliveriesPerSecond: Double(counts.control.delivered - last.control.delivered)
                        / ((now - lastTime) / .seconds(1)),
                    latency: counts.delivery.since(last.delivery).latency))
            (last, lastTime) = (counts, now)
        }
    }
}
