import Foundation
import ServiceRuntime
import TestStack

/// Traffic without faults, against an installation that runs or one of its own.
enum TrafficAudit: AuditPart {
    static let name = "run"
    static let summary = "Traffic without faults, against what runs at the URLs given, or a stack of its own."

    static let settings = Installation.settings + AuditSettings.plan + AuditSettings.output

    static func run(_ settings: Settings) async throws -> Int32 {
        let plan = try AuditSettings.plan(settings)
        let (folder, isTemporary) = AuditSettings.folder(settings)
        let installation = try await Installation.open(settings)
        let result: AuditResult
        do {
            result = try await run(plan, installation.target, folder)
        } catch {
            try? await installation.close()
            throw error
        }
        try await installation.close()
        try ResultTable.show([.init(name: name(settings), result: result)], settings)
        if isTemporary, result.isClean {
            try? FileManager.default.removeItem(at: folder)
        } else {
            say("the record is in \(folder.path)")
        }
        return result.isClean ? 0 : 1
    }

    private static func name(_ settings: Settings) -> String {
        settings.optionalString("routing").map { "no fault, by \($0)" } ?? "no fault"
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
