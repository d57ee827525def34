import Foundation
import ServiceRuntime
import TestStack

/// `switchboard-audit storm`: thousands of sessions whose edge goes, by SIGKILL and by SIGTERM.
enum StormCommand: AuditPart {
    static let name = "storm"
    static let summary =
        "Thousands of idle sessions on one edge that is killed, and then drained; the others go on talking."
    static let settings: [Setting] = [
        Setting("sessions", default: "15000", help: "Idle sessions on the edge that goes, each of a user of its own."),
        Setting("faults", default: "kill,drain", help: "What becomes of the edge, separated by commas."),
        Setting("edges", default: "3", help: "Edges, with that one."),
        Setting("talkers", default: "100", help: "Devices on the other edges that talk to each other."),
        Setting("rate", default: "500", unit: "messages/s", help: "Messages a second among these."),
        Setting("kill-limit", default: "20", unit: "s", help: "In what time all must be back after SIGKILL."),
        Setting("drain-limit", default: "30", unit: "s", help: "In what time all must be elsewhere after SIGTERM."),
        Setting(
            "latency-limit", default: "250", unit: "ms",
            help: "What delivery on the other edges may take meanwhile, the 99th percentile."),
        Setting("json", help: "A file for the results as JSON, or - for the standard output."),
    ]

    /// What the file holds.
    private struct File: Codable {
        var date: String
        var machine: String
        var commit: String
        var build: String
        var command: String
        var storms: [StormResult]
    }

    /// Runs the storms and prints what they have shown.
    /// - Returns: the exit code: 0 when all was as promised, 1 when not.
    /// - Throws: when it could not run.
    static func run(_ settings: Settings) async throws -> Int32 {
        let sessions = try settings.integer("sessions", in: 1...50_000)
        let faults = try settings.list("faults").map { name in
            guard let fault = StormRun.Fault(rawValue: name) else {
                throw SettingsError("faults", "has \"\(name)\"", remedy: "give kill, drain or both")
            }
            return fault
        }
        try raiseFileLimit(sessions)
        let seconds = Duration.seconds(1)...(.seconds(600))
        let limits: [StormRun.Fault: Duration] = [
            .kill: try settings.duration("kill-limit", in: seconds),
            .drain: try settings.duration("drain-limit", in: seconds),
        ]
        var results: [StormResult] = []
        for fault in faults {
            let plan = StormRun.Plan(
                fault: fault, sessions: sessions, edges: try settings.integer("edges", in: 2...100),
                talkers: try settings.integer("talkers", in: 2...5000),
                rate: Double(try settings.integer("rate", in: 1...100_000)), limit: limits[fault] ?? .seconds(20),
                latency: Double(try settings.integer("latency-limit", in: 1...60_000)))
            let result = try await StormRun(plan: plan) { say("  \($0)") }.run()
            results.append(result)
            show(result)
        }
        try await write(results, to: settings.optionalString("json"))
        return results.allSatisfy(\.complaints.isEmpty) ? 0 : 1
    }

    private static func show(_ result: StormResult) {
        say("\(result.fault): \(result.complaints.isEmpty ? "as promised" : "NOT AS PROMISED")")
        for (name, value) in result.lines {
            say("  \(name.padding(toLength: 24, withPad: " ", startingAt: 0))\(value)")
        }
        for complaint in result.complaints { say("  ! \(complaint)") }
    }

    private static func write(_ results: [StormResult], to path: String?) async throws {
        guard let path else { return }
        let program = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        let file = File(
            date: ISO8601DateFormatter().string(from: Date()), machine: Machine.description,
            commit: await Machine.commit(), build: Machine.build,
            command: ([program] + CommandLine.arguments.dropFirst()).joined(separator: " "), storms: results)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        let data = try encoder.encode(file) + Data("\n".utf8)
        if path == "-" {
            FileHandle.standardOutput.write(data)
        } else {
            try data.write(to: URL(fileURLWithPath: path))
        }
    }

    /// Each session is an open file here, and two while it moves.
    static func raiseFileLimit(_ sessions: Int) throws {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        let needed = sessions + sessions / 4 + 500
        guard limit.rlim_cur > UInt(needed) else {
            throw SettingsError(
                "sessions", "needs \(needed) open files and \(limit.rlim_cur) are allowed",
                remedy: "raise the limit with `ulimit -n`")
        }
    }

    private static func say(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
