import Foundation
import ServiceRuntime
import TestStack

/// Traffic without faults, against an installation that runs or one of its own.
enum TrafficAudit: AuditPart {
    static let name = "run"
    static let summary = "Traffic without faults, against what runs at the URLs given, or a stack of its own."

    static let settings: [Setting] =
        [
            Setting(
                "start", default: "false",
                help: "Start an installation of its own, of the executables beside this one.")
        ] + AuditSettings.target + AuditSettings.plan + AuditSettings.output

    static func run(_ settings: Settings) async throws -> Int32 {
        let plan = try AuditSettings.plan(settings)
        let (folder, isTemporary) = AuditSettings.folder(settings)
        let result: AuditResult
        if try settings.boolean("start") {
            say("starting Redis, Postgres and the services from \(Programs.buildFolder)")
            let stack = try await Stack.start(.init { $0.edges = max(1, settings.list("edges").count) })
            do {
                result = try await run(plan, stack.auditTarget, folder)
            } catch {
                try? await stack.stop()
                throw error
            }
            try await stack.stop()
        } else {
            result = try await run(plan, AuditSettings.target(settings), folder)
        }
        try ResultTable.show([.init(name: "no fault", result: result)], settings)
        if isTemporary, result.isClean {
            try? FileManager.default.removeItem(at: folder)
        } else {
            say("the record is in \(folder.path)")
        }
        return result.isClean ? 0 : 1
    }

    private static func run(_ plan: AuditPlan, _ target: AuditTarget, _ folder: URL) async throws -> AuditResult {
        say(
            "\(plan.clients) clients of \(plan.users) users, \(Int(plan.rate)) messages/s for \(Int(plan.duration / .seconds(1))) s, \(target.edges.count) edges, seed \(plan.seed)"
        )
        let line = ProgressLine()
        defer { line.finish() }
        return try await AuditRun.run(plan, target, folder: folder, onProgress: { line.show($0) })
    }
}
