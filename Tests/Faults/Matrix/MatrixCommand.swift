import Foundation
import ServiceRuntime
import TestStack

/// `switchboard-audit matrix`: every fault with every seed, each against a fresh installation of the executables beside this one.
enum MatrixCommand {
    static let name = "matrix"
    static let summary = "Every fault with every seed, each against an installation of its own; ends with a table."
    static let settings = MatrixOptions.settings

    /// Runs what the flags ask for and prints the table.
    /// - Returns: the exit code: 0 clean, 1 violations, 2 when something could not run.
    /// - Throws: for flags that cannot be.
    static func run(_ settings: Settings) async throws -> Int32 {
        if try settings.boolean("list") {
            for scenario in Scenario.all {
                print("\(scenario.name.padding(toLength: 32, withPad: " ", startingAt: 0))\(scenario.title)")
            }
            return 0
        }
        let options = try MatrixOptions(settings)
        let folder = try MatrixFolder(options.folder)
        let here = await MatrixCell.Conditions(options)
        let work = options.seeds.flatMap { seed in
            options.routings.flatMap { routing in options.scenarios.map { (scenario: $0, seed: seed, routing: routing) }
            }
        }
        let display = MatrixDisplay(total: work.count, duration: options.duration)
        var cells: [MatrixCell] = []
        for (scenario, seed, routing) in work {
            let conditions = here.with(routing)
            if options.resumes, let old = folder.read(scenario.name, seed, conditions.ways),
                old.isResult(of: conditions)
            {
                cells.append(old)
                display.end(old, isOld: true)
                continue
            }
            display.begin(scenario, seed, routing)
            let run = MatrixRun(
                scenario: scenario, seed: seed, conditions: await MatrixCell.Conditions(options).with(routing),
                evidence: folder.evidence(scenario.name, seed, conditions.ways))
            let cell = await run.run { display.progress($0) }
            try folder.write(cell)
            cells.append(cell)
            display.end(cell)
            if options.stopsOnFailure, cell.verdict == .violations || cell.verdict == .failed { break }
        }
        return try ReportCommand.show(cells, in: folder)
    }
}

extension MatrixCell {
    /// Whether this is what a run under such conditions came to, whenever that was: no need to run it again.
    func isResult(of conditions: Conditions) -> Bool {
        var same = self.conditions
        same.date = conditions.date
        same.command = conditions.command
        return same == conditions && verdict != .failed
    }
}

extension MatrixCell.Conditions {
    /// The same by another routing.
    func with(_ routing: String?) -> Self {
        var conditions = self
        conditions.routing = routing
        return conditions
    }

    /// Here and now, with these options.
    init(_ options: MatrixOptions) async {
        let program = CommandLine.arguments.first.map { URL(fileURLWithPath: $0).lastPathComponent } ?? ""
        let date = ISO8601DateFormatter().string(from: Date())
        self.init(
            date: date, machine: Machine.description, commit: await Machine.commit(),
            command: ([program] + CommandLine.arguments.dropFirst()).joined(separator: " "), build: Machine.build,
            clients: options.clients, rate: options.rate, duration: options.duration / .seconds(1),
            speaks: options.speaks == .json ? nil : options.speaks)
    }
}
