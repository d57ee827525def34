import Foundation
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
            let plan = AuditPlan {
                $0.clients = 20
                $0.groups = 2
                $0.groupSize = 6
                $0.rate = 60
                $0.duration = .seconds(seconds)
                $0.patience = .seconds(60)
                // Speed is not what is tested here.
                $0.presenceLimit = .seconds(60)
            }
            let folder = URL(fileURLWithPath: try TemporaryFolders.make("record"))
            let result = try await AuditRun.run(
                plan, stack.auditTarget, folder: folder,
                meanwhile: { control in
                    try await eventually("messages flow") { try await control.counts().delivered > 20 }
                    try await fault(stack)
                })
            let logs = result.isClean ? "" : await stack.tails()
            #expect(result.isClean, "\(result)\n\(logs)", sourceLocation: sourceLocation)
            #expect(result.accepted == result.sent, sourceLocation: sourceLocation)
            #expect(result.rows == result.accepted, sourceLocation: sourceLocation)
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
