import TestStack

/// The steps on one installation, one after the other.
struct SystemSteps {
    let steps: [SystemStep]
    let bed: SystemBed
    let shape: SystemShape
    /// Sessions for each edge; empty for those that talk alone.
    let sessions: [Int]
    /// Requests a second of each kind, beside mixed steps.
    let reads: Double
    let installation: Installation
    let sampler: ProcessSampler

    func run() async throws -> LoadOutcome {
        var outcome = LoadOutcome()
        for count in sessions.isEmpty ? [nil] : sessions.map(Int?.some) {
            var isBeyond = false
            for step in steps where !(step.isKnee && isBeyond) {
                let part = try await run(step, sessions: count)
                outcome.add(part.outcome)
                if step.isKnee { isBeyond = part.isBeyond }
            }
        }
        return outcome
    }

    private func run(_ step: SystemStep, sessions: Int?) async throws -> (outcome: LoadOutcome, isBeyond: Bool) {
        let plan = try await bed.plan(step, installation, sessions: sessions)
        let name =
            ([step.name] + [sessions.map { "\($0) sessions an edge" } ?? "", shape.label].filter { !$0.isEmpty })
            .joined(separator: ", ")
        let before = try await RouterShares(installation)
        let line = LiveLine()
        let traffic = TrafficRun(name: name, plan: plan, secret: installation.target.secret, sampler: sampler)
        let beside = step.kind == .mixed && reads > 0 ? try SystemReads(plan, installation.target, rate: reads) : nil
        let signal = StartSignal()
        async let answers = signal.wait { try await beside?.run() ?? [] }
        async let asked = signal.wait { try await lookAtRedis() }
        var (outcome, accepted) = try await traffic.run {
            signal.begin()
            line.show($0.line)
        }
        line.finish()
        // Never waited for in vain: whoever sends for a while shows how it goes.
        SystemReads.add(try await answers, to: &outcome)
        outcome.budgets += step.budgets(outcome.steps[0])
        if let asked = try await asked, let stack = installation.stack {
            let commands =
                (try await RedisCalls(redis: stack.redis).commands() - asked.commands) / Double(max(1, accepted))
            RedisCalls.add(calls: commands * asked.share, commands: commands, to: &outcome.steps[0])
            outcome.budgets += step.budgets(redisCalls: commands * asked.share)
        }
        try await before.add(until: RouterShares(installation), to: &outcome)
        let p99 = outcome.steps[0].latencies["delivery"]?.p99 ?? 0
        guard step.isKnee else { return (outcome, false) }
        // That a rate is too high is what a knee is looked for by.
        let isBeyond = p99 > SystemStep.kneeLatency || !outcome.invalid.isEmpty
        outcome.examples += outcome.invalid.map { "beyond the knee: \($0)" }
        outcome.invalid = []
        return (outcome, isBeyond)
    }

    /// How many commands there were before, and which share of them clients send; nil where it cannot be told. It looks on in the second half of a warm-up.
    private func lookAtRedis() async throws -> (commands: Double, share: Double)? {
        guard let stack = installation.stack, bed.warmUp >= 1 else { return nil }
        let calls = RedisCalls(redis: stack.redis)
        let commands = try await calls.commands()
        try await Task.sleep(for: .seconds(bed.warmUp / 2))
        return try await calls.share().map { (commands, $0) }
    }
}
