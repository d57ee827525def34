import Foundation

/// Clients that are connected and say nothing, until they are stopped.
package final class IdleSwarm: Sendable {
    private let swarm: Swarm

    private init(_ swarm: Swarm) { self.swarm = swarm }

    /// Connects all clients of a plan.
    /// - Throws: ``TestStackError`` when not all are connected in time.
    package static func connect(
        _ plan: AuditPlan, _ target: AuditTarget, within limit: Duration = .seconds(60)
    ) async throws -> IdleSwarm {
        let swarm = try await Swarm(
            plan, target: target, folder: URL(fileURLWithPath: try TemporaryFolders.make("idle")))
        do {
            try await swarm.connect(within: limit)
        } catch {
            await swarm.stop()
            throw error
        }
        return IdleSwarm(swarm)
    }

    /// How many are connected.
    package func open() async throws -> Int { try await swarm.counts().control.open }

    /// Ends all sessions.
    package func stop() async { await swarm.stop() }
}
