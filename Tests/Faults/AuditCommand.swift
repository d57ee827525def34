import Foundation
import ServiceRuntime
import TestStack

/// `switchboard-audit`: proves what the contract promises of an installation, or shows where it does not hold.
///
/// Exit codes: 0 when nothing was violated, 1 when something was, 2 when it could not run.
@main
struct AuditCommand {
    /// What it can do, each a subcommand.
    static let parts: [any AuditPart.Type] = [
        TrafficAudit.self, MatrixCommand.self, RecordAudit.self, SelfTest.self, StormCommand.self,
        RingCommand.self,
    ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first, !["--help", "-h", "help"].contains(name) else {
            say(help)
            exit(arguments.isEmpty ? 2 : 0)
        }
        if name == ReportCommand.name, arguments.count == 2 { report(arguments[1]) }
        guard let part = parts.first(where: { $0.name == name }) else {
            complain("there is no part \(name): give \(parts.map { $0.name }.joined(separator: " or "))")
            exit(2)
        }
        let rest = Array(arguments.dropFirst())
        if rest.contains("--help") {
            say(help(of: part))
            exit(0)
        }
        do {
            let settings = try Settings(
                declared: part.settings, arguments: rest, environment: ProcessInfo.processInfo.environment)
            exit(try await part.run(settings))
        } catch {
            complain("\(error)")
            exit(2)
        }
    }

    /// The one part that takes a folder and no flags.
    private static func report(_ folder: String) -> Never {
        do {
            exit(try ReportCommand.run(folder))
        } catch {
            complain("\(error)")
            exit(2)
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("switchboard-audit: \(text)\n".utf8))
    }

    private static var help: String {
        let all = parts.map { ($0.name, $0.summary) } + [(ReportCommand.name, ReportCommand.summary)]
        let list = all.map { "  \($0.padding(toLength: 12, withPad: " ", startingAt: 0))\($1)" }
        return """
            Proves that nothing accepted is lost, repeated, out of order or foreign, or shows where.

            Usage: switchboard-audit PART [flags]

            \(list.joined(separator: "\n"))

            switchboard-audit PART --help lists its flags. Exit codes: 0 clean, 1 violations, 2 could not run.
            """
    }

    private static func help(of part: any AuditPart.Type) -> String {
        let lines = part.settings.map { setting in
            let unit = setting.unit.map { " (\($0))" } ?? ""
            let value = setting.default.map { " [\($0)]" } ?? ""
            return "  \(setting.flag)\(unit)\(value)\n      \(setting.help)"
        }
        return "\(part.summary)\n\nUsage: switchboard-audit \(part.name) [flags]\n\n\(lines.joined(separator: "\n"))"
    }
}

extension MatrixCommand: AuditPart {}
