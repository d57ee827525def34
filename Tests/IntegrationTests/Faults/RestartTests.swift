import TestStack
import Testing

extension IntegrationTests {
    /// Each part dies in turn while clients talk: nothing accepted is lost, repeated or out of order. Those of the short audit are not here.
    @Suite(.serialized, .stack) struct Restart {
        /// Runs traffic, does something to the stack once it flows, and judges what arrived, history included.
        private func withTraffic(
            seconds: Int = 8, _ fault: @escaping @Sendable (Stack) async throws -> Void,
            sourceLocation: SourceLocation = #_sourceLocation
        ) async throws {
            let stack = try theStack()
            var plan = stack.traffic
            plan.clients = 20
            plan.groups = 2
            plan.groupSize = 6
            plan.rate = 60
            plan.duration = .seconds(seconds)
            plan.patience = .seconds(30)
            let (progress, continuation) = AsyncStream.makeStream(of: Int.self)
            async let running = Traffic.run(plan) { continuation.yield($0.delivered) }
            for await delivered in progress where delivered > 20 { break }
            try await fault(stack)
            let report = try await running
            let logs = report.isClean ? "" : await stack.tails()
            #expect(report.isClean, "\(report)\n\(logs)", sourceLocation: sourceLocation)
            #expect(report.accepted == report.sent, sourceLocation: sourceLocation)
            try await compareWithHistory(report, plan, stack, sourceLocation)
        }

        /// History has what was accepted, each message once.
        private func compareWithHistory(
            _ report: TrafficReport, _ plan: TrafficPlan, _ stack: Stack, _ sourceLocation: SourceLocation
        ) async throws {
            var kept: [String] = []
            try await eventually("history has \(report.accepted) messages", within: .seconds(30)) {
                kept = try await stack.postgres.sql(
                    "SELECT data::json->>'s', data::json->>'n' FROM history.messages WHERE sender LIKE '\(plan.name)-%'"
                )
                return kept.count >= report.accepted
            }
            #expect(kept.count == report.accepted, sourceLocation: sourceLocation)
            #expect(Set(kept).count == kept.count, sourceLocation: sourceLocation)
        }

        @Test func anEdgeIsStoppedInOrder() async throws {
            try await withTraffic { stack in
                #expect(try await stack.edges[1].stop() == 0)
                try await stack.edges[1].start()
            }
        }

        @Test func presenceIsKilled() async throws {
            try await withTraffic { try await $0.presence.killAndRestart() }
        }

        @Test func historyIsKilled() async throws {
            try await withTraffic { try await $0.history.killAndRestart() }
        }

        @Test func postgresIsKilled() async throws {
            try await withTraffic { stack in
                try await stack.postgres.kill()
                try await stack.postgres.restart()
                try await stack.history.waitUntilReady()
            }
        }

        @Test func redisIsRestarted() async throws {
            try await withTraffic { stack in
                try await stack.redis.restart()
                for service in stack.services { try await service.waitUntilReady() }
            }
        }

        @Test func anEdgeIsFrozenPastItsLease() async throws {
            try await withTraffic(seconds: 24) { stack in
                await stack.edges[0].suspend()
                try await eventually("the edge is taken for dead", within: .seconds(30)) {
                    try await stack.redis.cli("HEXISTS", "sb:edges", "edge-1") == "0"
                }
                await stack.edges[0].resume()
            }
        }
    }
}
