import Foundation
import ServiceRuntime
import TestStack

/// The same traffic by each way of routing over more and more edges: what goes through Redis, what it costs, and how fast it is.
enum RoutingMeasurement: Measurement {
    static let name = "routing"
    static let summary =
        "The ways of routing side by side, each with installations of its own: Redis, processor time, latency; a Markdown table."

    static let settings: [Setting] = [
        Setting("counts", default: "2,4,8", help: "Numbers of edges, separated by commas."),
        Setting("ways", default: "register,ring,broadcast", help: "Ways of routing, separated by commas."),
        Setting("clients", default: "400", help: "Clients, one user with one device each, spread over the edges."),
        Setting("rate", default: "2000", unit: "messages/s", help: "Messages a second over all clients."),
        Setting("duration", default: "30", unit: "s", help: "How long to send, for each row."),
        Setting("groups", default: "20", help: "Groups."),
        Setting("group-size", default: "10", help: "Members of a group."),
        Setting("group-share", default: "20", unit: "percent", help: "The share of messages that go to a group."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting("markdown", help: "A file for the table as Markdown; it is printed in any case."),
    ]

    static func run(_ settings: Settings) async throws -> Int32 {
        let counts = try settings.list("counts").map { text in
            guard let count = Int(text), (1...64).contains(count) else {
                throw SettingsError("counts", "has \"\(text)\"", remedy: "give whole numbers from 1 to 64")
            }
            return count
        }
        let ways = try settings.list("ways").map(Installation.routing)
        guard !counts.isEmpty, !ways.isEmpty else {
            throw SettingsError("counts", "or ways is empty", remedy: "give such as --counts 2,4 --ways register,ring")
        }
        let plan = try plan(settings)
        let run = try LoadRun(name, settings)
        var rows: [RoutingRow] = []
        for count in counts {
            for way in ways {
                say("\(count) edges, by \(way)")
                let row = try await measure(count, way, plan)
                run.report.steps.append(row.step(seconds: plan.duration / .seconds(1)))
                run.report.violations.merge(row.violations, uniquingKeysWith: +)
                rows.append(row)
            }
        }
        let table = heading(plan, run.report.date) + RoutingRow.markdown(rows)
        say("\n" + table)
        if let path = settings.optionalString("markdown") { try Data(table.utf8).write(to: URL(fileURLWithPath: path)) }
        return try run.finish()
    }

    private static func measure(_ count: Int, _ way: String, _ plan: AuditPlan) async throws -> RoutingRow {
        let stack = try await Stack.start(
            .init {
                $0.edges = count
                $0.routing = way
            })
        do {
            var warm = plan
            warm.duration = .seconds(3)
            warm.name += "-warm"
            // Until each service has done everything once, and the ring has settled.
            _ = try await AuditRun.run(
                warm, stack.auditTarget, folder: URL(fileURLWithPath: try TemporaryFolders.make("warm")))
            let before = try await RoutingProbe(stack)
            let bar = ProgressBar()
            let folder = URL(fileURLWithPath: try TemporaryFolders.make("record"))
            let report = try await AuditRun.run(plan, stack.auditTarget, folder: folder, onProgress: { bar.show($0) })
            bar.finish()
            let after = try await RoutingProbe(stack)
            try await stack.stop()
            await stack.removeData()
            return RoutingRow(edges: count, way: way, report, before, after)
        } catch {
            try? await stack.stop()
            throw error
        }
    }

    private static func plan(_ settings: Settings) throws -> AuditPlan {
        // One user with one device each, who all stay, and nothing but messages.
        var plan = AuditPlan()
        (plan.devices, plan.movers, plan.churn, plan.changes) = (1, 0, 0, 0)
        (plan.partners, plan.readsBack, plan.largeGroups) = (20, false, 0)
        plan.patience = .seconds(10)
        plan.clients = try settings.integer("clients", in: 2...20_000)
        plan.rate = Double(try settings.integer("rate", in: 1...1_000_000))
        plan.duration = try settings.duration("duration", in: .seconds(1)...(.seconds(3600)))
        plan.groups = try settings.integer("groups", in: 0...10_000)
        plan.groupSize = try settings.integer("group-size", in: 2...1000)
        plan.groupShare = Double(try settings.integer("group-share", in: 0...100)) / 100
        plan.bodySize = try settings.integer("body", in: 64...60_000)
        return plan
    }

    private static func heading(_ plan: AuditPlan, _ date: String) -> String {
        let command = LoadReport.shown(Array(CommandLine.arguments.dropFirst())).joined(separator: " ")
        return """
            Date: \(date), \(ProcessInfo.processInfo.activeProcessorCount) cores, everything on one machine  
            Traffic: \(plan.clients) clients, \(Int(plan.rate)) messages/s for \(Int(plan.duration / .seconds(1))) s, \(Int(plan.groupShare * 100)) % of them to groups of \(plan.groupSize), \(plan.bodySize) bytes each  
            Command: `loadtest \(command)`


            """
    }
}
