import Foundation
import ServiceRuntime
import TestStack

/// `switchboard-audit ring`: sessions that are where they belong, and an edge that joins, leaves or dies.
enum RingCommand: AuditPart {
    static let name = "ring"
    static let summary =
        "Thousands of sessions on the edges that they belong on, and an edge joins, leaves or is killed: who moves, and what of it is noticed."
    static let settings: [Setting] = [
        Setting("sessions", default: "10000", help: "Idle sessions, each of a user of its own."),
        Setting("faults", default: "join,leave,kill", help: "What happens, separated by commas."),
        Setting("edges", default: "3", help: "Edges before it."),
        Setting("talkers", default: "100", help: "Devices that talk to each other, on all edges but one that goes."),
        Setting("rate", default: "500", unit: "messages/s", help: "Messages a second among these."),
        Setting("move-rate", default: "200", help: "MOVE_RATE of the edges."),
        Setting("hysteresis", default: "5", unit: "s", help: "RING_HYSTERESIS of the services."),
        Setting("limit", default: "90", unit: "s", help: "In what time all must be where they belong."),
        Setting("json", help: "A file for the results as JSON, or - for the standard output."),
    ]

    /// What the file holds.
    private struct File: Codable {
        var date: String
        var machine: String
        var commit: String
        var build: String
        var command: String
        var rings: [RingResult]
    }

    /// Has it happen, and prints what it has shown.
    /// - Returns: the exit code: 0 when all was as promised, 1 when not.
    /// - Throws: when it could not run.
    static func run(_ settings: Settings) async throws -> Int32 {
        let sessions = try settings.integer("sessions", in: 1...50_000)
        let faults = try settings.list("faults").map { name in
            guard let fault = RingRun.Fault(rawValue: name) else {
                throw SettingsError("faults", "has \"\(name)\"", remedy: "give join, leave, kill or several of them")
            }
            return fault
        }
        try StormCommand.raiseFileLimit(sessions)
        var results: [RingResult] = []
        for fault in faults {
            let plan = RingRun.Plan(
                fault: fault, sessions: sessions, edges: try settings.integer("edges", in: 2...100),
                talkers: try settings.integer("talkers", in: 2...5000),
                rate: Double(try settings.integer("rate", in: 1...100_000)),
                moveRate: try settings.integer("move-rate", in: 1...100_000),
                hysteresis: Int(try settings.duration("hysteresis", in: .seconds(1)...(.seconds(600))) / .seconds(1)),
                limit: try settings.duration("limit", in: .seconds(1)...(.seconds(3600))))
            let result = try await RingRun(plan: plan) { say("  \($0)") }.run()
            results.append(result)
            show(result)
        }
        try await write(results, to: settings.optionalString("json"))
        return results.allSatisfy(\.complaints.isEmpty) ? 0 : 1
    }

    private static func show(_ result: RingResult) {
        say("\(result.fault): \(result.complaints.isEmpty ? "as promised" : "NOT AS PROMISED")")
        for (name, value) in result.lines {
            say("  \(name.padding(toLength: 24, withPad: " ", startingAt: 0))\(value)")
        }
        for complaint in result.complaints { say("  ! \(complaint)") }
    }

    private static func write(_ results: [RingResult], to path: String?) async throws {
        guard let path else { return }
        let program = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        let file = File(
            date: ISO8601DateFormatter().string(from: Date()), machine: Machine.description,
            commit: await Machine.commit(), build: Machine.build,
            command: ([program] + CommandLine.arguments.dropFirst()).joined(separator: " "), rings: results)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = try encoder.encode(file) + Data("\n".utf8)
        if path == "-" {
            FileHandle.standardOutput.write(data)
        } else {
            try data.write(to: URL(fileURLWithPath: path))
        }
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
