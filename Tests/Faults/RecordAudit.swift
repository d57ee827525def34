import Foundation
import ServiceRuntime
import TestStack

/// Judges a record that was kept.
enum RecordAudit: AuditPart {
    static let name = "judge"
    static let summary = "Judges the record of an earlier run once more."
    static let settings = AuditSettings.output

    static func run(_ settings: Settings) async throws -> Int32 {
        let folder = URL(fileURLWithPath: try settings.string("record"))
        let result = try AuditRun.judge(folder)
        try ResultTable.show([.init(name: folder.lastPathComponent, result: result)], settings)
        return result.isClean ? 0 : 1
    }
}
