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
        var outcome: LoadOutcome
        if step.kind == .mixed, reads > 0 {
            let signal = StartSignal()
            let beside = try SystemReads(plan, installation.target, rate: reads)
            async let answers = signal.wait { try await beside.run() }
            outcome = try await traffic.run {
                signal.begin()
                line.show($0.line)
            }
            // Never waited for in vain: whoever sends for a while shows how it goes.
            SystemReads.add(try await answers, to: &outcome)
        } else {
            outcome = try await traffic.run { line.show($0.line) }
        }
        line.finish()
        outcome.budgets += step.budgets(outcome.steps[0])
        try await before.add(until: RouterShares(installation), to: &outcome)
        let p99 = outcome.steps[0].latencies["delivery"]?.p99 ?? 0
        guard step.isKnee else { return (outcome, false) }
        // That a rate is too high is what a knee is looked for by.
        let isBeyond = p99 > SystemStep.kneeLatency || !outcome.invalid.isEmpty
        outcome.examples += outcome.invalid.map { "beyond the knee: \($0)" }
        outcome.invalid = []
        return (outcome, isBeyond)
    }
}
