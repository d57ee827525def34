import TestStack
import Testing

@testable import LoadTest

/// The load client against real edges that allow next to nothing.
@Suite struct RefusedSendTests {
    private func run(rate: Double?, _ environment: [String: String]) async throws -> LoadOutcome {
        let stack = try await Stack.start(.init { $0.environments["ws-edge"] = environment })
        var plan = TrafficPlan.pairs(4, ports: stack.edges.map { UInt16($0.port) }, name: "load")
        (plan.warmUp, plan.seconds, plan.rate, plan.patience) = (0.5, 2, rate, 60)
        let sampler = ProcessSampler([])
        let outcome = try await TrafficRun(name: "s", plan: plan, secret: stack.secret, sampler: sampler).run { _ in }
            .outcome
        sampler.stop()
        try await stack.stop()
        return outcome
    }

    private static let narrow = ["RATE": "5", "BURST": "10", "REFUSED_FRAMES_LIMIT": "1000000"]

    @Test func whatIsRefusedAtARateIsNotLostAndTheRunSaysNothing() async throws {
        let outcome = try await run(rate: 200, Self.narrow)
        #expect(outcome.violations.values.allSatisfy { $0 == 0 }, "\(outcome.violations)")
        #expect(
            outcome.invalid.contains { $0.contains("rate_limited") && $0.contains("RATE and BURST") },
            "\(outcome.invalid)")
        #expect(outcome.steps[0].figures.contains { $0.name == "refused as rate_limited" && $0.value > 0 })
    }

    @Test func withAWindowAStreamWaitsAndGoesOn() async throws {
        let outcome = try await run(rate: nil, Self.narrow)
        #expect(outcome.violations.values.allSatisfy { $0 == 0 }, "\(outcome.violations)")
        // More than what the burst allows has come through, so it went on after a refusal.
        #expect(outcome.invalid.contains { $0.contains("rate_limited") }, "\(outcome.invalid)")
        #expect(outcome.steps[0].latencies["delivery"]?.count ?? 0 > 0)
    }
}
