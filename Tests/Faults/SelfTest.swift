import Foundation
import ServiceRuntime
import TestStack

/// Whether the judge finds what it is to find.
enum SelfTest: AuditPart {
    static let name = "self-test"
    static let summary = "Spoils clean records in every way, each of which the judge must find as just that."
    static let settings: [Setting] = [
        Setting("record", help: "The record of a clean run, to be spoiled besides the one made in memory."),
        Setting("seed", default: "1", help: "Where it is spoiled."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let seed = UInt64(try settings.integer("seed", in: 0...Int(Int32.max)))
        say("a record made in memory")
        var outcomes = try AuditSelfTest.run(seed: seed) { say("  \($0)") }
        let isComplete = outcomes.allSatisfy(\.isApplied)
        if let path = settings.optionalString("record") {
            say(path)
            outcomes += try AuditSelfTest.run(record: URL(fileURLWithPath: path), seed: seed) { say("  \($0)") }
        }
        let isRight = isComplete && outcomes.allSatisfy(\.isRight)
        say(isRight ? "every one was found" : "NOT every one was found")
        return isRight ? 0 : 1
    }
}
