import Foundation
import TestStack

/// One fault with one seed, from a fresh installation to the result.
struct MatrixRun: Sendable {
    /// Longer than this nothing takes that is not stuck.
    private static let limit = Duration.seconds(1200)

    let scenario: Scenario
    let seed: UInt64
    let conditions: MatrixCell.Conditions
    /// Where the record and, when not all was clean, the logs go.
    let evidence: URL

    /// Runs it.
    /// - Returns: what came of it; that it could not run is in the result, too.
    func run(onProgress: @escaping @Sendable (AuditRun.Progress) -> Void = { _ in }) async -> MatrixCell {
        let clock = ContinuousClock()
        let begin = clock.now
        var cell = MatrixCell(
            fault: scenario.name, title: scenario.title, seed: seed, conditions: conditions,
            unpromised: AuditViolation.allCases.filter { !scenario.isPromised($0) })
        if let reason = await scenario.obstacle() {
            cell.skipped = reason
            return cell
        }
        try? FileManager.default.removeItem(at: evidence)
        do {
            let before = cell
            cell = try await within(Self.limit) { try await audit(before, onProgress) }
        } catch {
            cell.failed = "\(error)"
        }
        cell.took = (clock.now - begin) / .seconds(1)
        if cell.verdict == .clean { try? FileManager.default.removeItem(at: evidence) }
        return cell
    }

    private func audit(
        _ before: MatrixCell, _ onProgress: @escaping @Sendable (AuditRun.Progress) -> Void
    ) async throws -> MatrixCell {
        var cell = before
        let stack = try await Stack.start(
            Stack.Plan {
                $0.routing = conditions.routing
                scenario.stack(&$0)
            })
        do {
            let plan = AuditPlan { plan in
                plan.clients = conditions.clients
                plan.speaks = conditions.speaks ?? .json
                plan.rate = conditions.rate
                plan.duration = .seconds(conditions.duration)
                plan.seed = seed
                scenario.traffic(&plan)
            }
            let scenes = Scenes()
            let result = try await AuditRun.run(
                plan, stack.auditTarget, folder: evidence, onProgress: onProgress
            ) { control in
                let scene = Scene(stack: stack, control: control, plan: plan, rate: conditions.rate)
                await scenes.set(scene)
                try await scenario.fault(scene)
            }
            cell.audit = result
            cell.complaints = scenario.check(result)
            if let seen = await scenes.scene?.seen {
                cell.complaints += seen.complaints
                cell.lagSeconds = seen.lagSeconds
                cell.worstLagOfRouter = seen.worstLag.router
                cell.worstLagOfHistory = seen.worstLag.history
            }
            await lagIsGone(stack, &cell)
        } catch {
            try? stack.copyLogs(to: evidence)
            try? await stack.stop()
            await stack.removeData()
            throw error
        }
        if cell.verdict != .clean { try? stack.copyLogs(to: evidence) }
        try await stack.stop()
        await stack.removeData()
        return cell
    }

    /// After the traffic nothing may be left undone.
    private func lagIsGone(_ stack: Stack, _ cell: inout MatrixCell) async {
        do {
            try await eventually("the lag is gone", within: .seconds(30)) {
                try await stack.lag() == Stack.Lag()
            }
        } catch {
            let lag = (try? await stack.lag()).map { "\($0)" } ?? "Redis does not say"
            cell.complaints.append("30 s after the traffic there is a lag still: \(lag)")
        }
    }

    /// Hands the scene out of the audit's closure.
    private actor Scenes {
        private(set) var scene: Scene?
        func set(_ scene: Scene) { self.scene = scene }
    }
}

/// Does `body`, and gives up when it takes longer than `limit`.
/// - Throws: ``MatrixError``; the task of `body` is cancelled then.
private func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await withThrowingTaskGroup(of: Value?.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            return nil
        }
        defer { group.cancelAll() }
        guard let value = try await group.next() ?? nil else {
            throw MatrixError("it took longer than \(limit)")
        }
        return value
    }
}
