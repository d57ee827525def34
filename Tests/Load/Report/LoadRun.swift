import Foundation
import ServiceRuntime
import TestStack

/// A run under way: its report, and where that is written.
final class LoadRun {
    /// The flags of every run.
    static let settings: [Setting] = [
        Setting(
            "report",
            help:
                "A folder for the report: report.html, report.json and latency.hlog; by default one of its own in load-results."
        ),
        Setting("compare", help: "A report.json of before: the ratios to it are printed."),
    ]

    var report: LoadReport
    private var log: HistogramLog
    private let start = LoadLoop.now
    private let folder: String
    private let json: String?
    private let old: LoadReport?

    init(_ measurement: String, _ settings: Settings) throws {
        let date = Date()
        let formatter = ISO8601DateFormatter()
        let command = LoadReport.shown(Array(CommandLine.arguments.dropFirst())).joined(separator: " ")
        report = LoadReport(
            measurement: measurement, command: "loadtest \(command)", date: formatter.string(from: date),
            machine: .current)
        log = HistogramLog(start: date.timeIntervalSince1970, comment: "loadtest \(command)")
        formatter.formatOptions = [.withYear, .withMonth, .withDay, .withTime]
        folder =
            settings.optionalString("report") ?? "load-results/\(measurement)-\(formatter.string(from: date))"
        json = settings.optionalString("json")
        // Read first: a run of minutes is not to end with a name mistyped.
        old = try settings.optionalString("compare").map(Self.read)
    }

    /// Adds what a part of the run has found.
    func add(_ outcome: LoadOutcome) {
        report.steps += outcome.steps
        report.budgets += outcome.budgets
        report.violations.merge(outcome.violations, uniquingKeysWith: +)
        report.examples += outcome.examples
        report.invalid += outcome.invalid
        for entry in outcome.recorded { log(entry.recorder, entry.name, from: entry.from, to: entry.to) }
    }

    /// Adds latencies to the log, by the step and what they are of.
    func log(_ recorder: LatencyRecorder, _ name: String, from: UInt64, to: UInt64) {
        log.add(
            recorder, tag: name.replacing(" ", with: "-").replacing(",", with: ""),
            from: Double(from - min(from, start)) / 1e9, length: Double(to - min(to, from)) / 1e9)
    }

    /// Prints the table, writes the files, and compares. Returns the exit code.
    func finish() throws -> Int32 {
        say("\n" + ReportTable(report: report).text)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try ResultFile.write(report, to: "\(folder)/report.json")
        try ResultFile.write(report, to: json)
        try Data(HTMLReport(report: report).page.utf8).write(to: URL(fileURLWithPath: "\(folder)/report.html"))
        try Data(log.text.utf8).write(to: URL(fileURLWithPath: "\(folder)/latency.hlog"))
        say("\nthe report is \(folder)/report.html, beside it report.json and latency.hlog")
        if let old { say("\n" + Comparison(old: old, new: report).text) }
        return report.exitCode
    }

    private static func read(_ path: String) throws -> LoadReport {
        do {
            return try JSONDecoder().decode(LoadReport.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            throw SettingsError("compare", "cannot be read: \(error)", remedy: "give a report.json of this program")
        }
    }
}

extension LoadReport.Machine {
    /// This one, now.
    static var current: Self {
        let info = ProcessInfo.processInfo
        let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8))?.split(separator: " ").first
        return Self(
            cores: info.activeProcessorCount, memoryBytes: Int(info.physicalMemory),
            system: info.operatingSystemVersionString, loadBefore: load.flatMap { Double($0) } ?? 0)
    }
}
