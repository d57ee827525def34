import Foundation
import RedisBench
import Synchronization
import TestStack

/// Sessions that come and go, and an edge that dies meanwhile.
struct PresenceEvents {
    let bed: PresenceBed
    let plan: ChurnPlan
    let grace: Duration
    let sampler: ProcessSampler

    /// How long presence may take beyond lease and grace until the last user of a dead edge is told to be offline.
    private static let sweep = 10.0
    /// The share of the rate that has to be reached.
    private static let least = 0.95

    private struct Shown {
        var timeline: Timeline
        var done = 0
    }

    func run() async throws -> LoadOutcome {
        let driver = ChurnDriver(redis: bed.link, plan: plan)
        let line = LiveLine()
        let before = sampler.look()
        let shown = Mutex(Shown(timeline: Timeline(start: before.time)))
        try await driver.run { [operations = plan.operations] done in
            shown.withLock { shown in
                shown.timeline.add(count: done - shown.done)
                shown.done = done
                guard let interval = shown.timeline.roll(at: LoadLoop.now) else { return }
                line.show("session events", share: Double(done) / Double(operations), interval, unit: "events")
            }
        }
        line.finish()
        let after = sampler.look()
        say("waiting until presence has it right")
        let result = try await driver.judge(within: grace + plan.lease + .seconds(60))
        let intervals = shown.withLock { $0.timeline.intervals }
        var outcome = LoadOutcome()
        add(result, sampler.use(from: before, to: after, count: result.operations), intervals, before.time, &outcome)
        if plan.doomed > 0 { add(deathOf: result, &outcome) }
        return outcome
    }

    private func add(
        _ result: ChurnResult, _ processes: [LoadReport.Process], _ intervals: [Timeline.Interval], _ from: UInt64,
        _ outcome: inout LoadOutcome
    ) {
        var step = LoadReport.Step(
            name: "session events", seconds: result.seconds, unit: "events", count: result.operations,
            wanted: plan.rate == 0 ? nil : Double(plan.rate))
        let told = Self.recorder(result.told)
        step.latencies = ["connect to told online": told.latency]
        step.processes = processes
        step.samples = sampler.samples(intervals, from: from)
        step.figures = [
            .init(name: "transitions told", value: Double(result.transitions), unit: ""),
            .init(name: "of them twice, which does no harm", value: Double(result.repeated), unit: ""),
        ]
        outcome.steps.append(step)
        outcome.recorded.append(.init(name: step.name, recorder: told, from: from, to: intervals.last?.end ?? from))
        outcome.violations = [
            "users wrong in the end": result.wrong, "sessions wrong": result.wrongSessions,
            "records wrong": result.wrongRecords, "stories of transitions wrong": result.wrongTransitions,
            "dead edge's users not told offline": result.doomedUntold,
            "dead edge's users told offline twice": result.doomedTwice,
        ]
        if let wanted = step.wanted, step.rate < wanted * Self.least {
            outcome.invalid.append(
                "\(Int(step.rate)) of \(Int(wanted)) events/s were written: the machine is too busy, or the rate too high"
            )
        }
    }

    private func add(deathOf result: ChurnResult, _ outcome: inout LoadOutcome) {
        let times = Self.recorder(result.doomedTold)
        var step = LoadReport.Step(
            name: "an edge's death with \(plan.doomed) sessions", seconds: 0, unit: "users",
            count: result.doomedTold.count)
        step.latencies = ["last renewal to told offline": times.latency]
        step.figures = [
            .init(name: "first told offline after its last renewal", value: result.doomedFirst, unit: "s"),
            .init(name: "last told offline", value: result.doomedLast, unit: "s"),
        ]
        if result.latencyMeanwhile.count > 0 {
            step.figures += [
                .init(
                    name: "others told online meanwhile, p50", value: Double(result.latencyMeanwhile.p50), unit: "ms"),
                .init(
                    name: "others told online meanwhile, p99", value: Double(result.latencyMeanwhile.p99), unit: "ms"),
            ]
        }
        outcome.steps.append(step)
        let limit = plan.lease / .seconds(1) + grace / .seconds(1) + Self.sweep
        outcome.budgets.append(
            Budget(
                name: "the last of \(plan.doomed) told offline after an edge's last renewal", unit: "s", better: .lower,
                must: limit, reached: result.doomedLast))
    }

    private static func recorder(_ milliseconds: [Int64]) -> LatencyRecorder {
        var recorder = LatencyRecorder()
        for time in milliseconds { recorder.add(nanoseconds: UInt64(max(0, time)) * 1_000_000) }
        return recorder
    }
}
