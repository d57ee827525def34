import Foundation
import ServiceRuntime
import TestStack

/// `loadtest`: measures a running installation, or one that it starts itself.
///
/// Exit codes: 0 when all went well and every budget was met, 1 when one was missed or a promise broken, 2 when it could not run or its figures say nothing.
@main
struct LoadTestCommand {
    /// The measurements, each a subcommand.
    static let measurements: [any Measurement.Type] = [
        SystemMeasurement.self, EdgeMeasurement.self, RouterMeasurement.self, PresenceMeasurement.self,
        HistoryMeasurement.self, RoutingMeasurement.self, LibraryMeasurement.self, EncodingsMeasurement.self,
    ]

    /// The flags of all of them.
    private static let shared =
        Installation.settings + Installation.processSettings + LoadRun.settings + [
            Setting("json", help: "A file for the results as JSON, or - for the standard output.")
        ]

    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard let name = arguments.first, !["--help", "-h", "help"].contains(name) else {
            say(help)
            exit(arguments.isEmpty ? 2 : 0)
        }
        guard let measurement = measurements.first(where: { $0.name == name }) else {
            complain("there is no measurement \(name): give \(measurements.map { $0.name }.joined(separator: " or "))")
            exit(2)
        }
        let rest = Array(arguments.dropFirst())
        if rest.contains("--help") {
            say(help(of: measurement))
            exit(0)
        }
        do {
            let settings = try Settings(
                declared: shared + measurement.settings, arguments: rest,
                environment: ProcessInfo.processInfo.environment)
            exit(try await measurement.run(settings))
        } catch {
            complain("\(error)")
            exit(2)
        }
    }

    private static func complain(_ text: String) {
        FileHandle.standardError.write(Data("loadtest: \(text)\n".utf8))
    }

    private static var help: String {
        let list = measurements.map { "  \($0.name.padding(toLength: 10, withPad: " ", startingAt: 0))\($0.summary)" }
        return """
            Measures Switchboard.

            Usage: loadtest MEASUREMENT [flags]

            \(list.joined(separator: "\n"))

            loadtest MEASUREMENT --help lists its flags. Build with `swift build -c release` before measuring.
            """
    }

    private static func help(of measurement: any Measurement.Type) -> String {
        let lines = (measurement.settings + shared).map { setting in
            let unit = setting.unit.map { " (\($0))" } ?? ""
            let value = setting.default.map { " [\($0)]" } ?? ""
            return "  \(setting.flag)\(unit)\(value)\n      \(setting.help)"
        }
        return
            "\(measurement.summary)\n\nUsage: loadtest \(measurement.name) [flags]\n\n\(lines.joined(separator: "\n"))"
    }
}
