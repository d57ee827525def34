import Foundation
import ServiceRuntime
import TestStack

/// Messages between many clients over all edges: is everything there, in order, once, and how fast.
enum SystemMeasurement: Measurement {
    static let name = "system"
    static let summary = "Messages between many clients over all edges, one-to-one and in groups, numbered and judged."

    static let settings: [Setting] = [
        Setting("clients", default: "200", help: "Clients, one user with one device each, spread over the edges."),
        Setting(
            "rate", default: "1000", unit: "messages/s",
            help: "Messages a second over all clients, sent at their times."),
        Setting("duration", default: "60", unit: "s", help: "How long to send."),
        Setting("groups", default: "10", help: "Groups."),
        Setting("group-size", default: "10", help: "Members of a group."),
        Setting("group-share", default: "20", unit: "percent", help: "The share of messages that go to a group."),
        Setting("body", default: "64", unit: "bytes", help: "The size of a message's data."),
        Setting(
            "patience", default: "10", unit: "s", help: "How long nothing may arrive before what is missing is lost."),
    ]

    /// The results in the form of the JSON file.
    struct Results: Codable {
        struct Process: Codable {
            var name: String
            /// Processor seconds while messages were sent and delivered.
            var cpuSeconds: Double
            /// Bytes at the end.
            var residentBytes: Int
        }
        var traffic: AuditResult
        var processes: [Process]
        /// Processor microseconds of all watched processes for each accepted message.
        var cpuMicrosecondsPerMessage: Double
    }

    static func run(_ settings: Settings) async throws -> Bool {
        let plan = try plan(settings)
        let installation = try await Installation.open(settings)
        let watched = try await installation.processes(settings)
        say(
            "\(plan.clients) clients, \(Int(plan.rate)) messages/s for \(Int(plan.duration / .seconds(1))) s, \(installation.target.edges.count) edges"
        )
        let before = watched.map { ProcessProbe(pid: $0.pid) }
        let bar = ProgressBar()
        let folder = URL(fileURLWithPath: try TemporaryFolders.make("record"))
        let report = try await AuditRun.run(plan, installation.target, folder: folder, onProgress: { bar.show($0) })
        bar.finish()
        var processes: [Results.Process] = []
        for (place, process) in watched.enumerated() {
            guard let start = before[place], let end = ProcessProbe(pid: process.pid) else { continue }
            processes.append(
                .init(name: process.name, cpuSeconds: end.processor - start.processor, residentBytes: end.resident))
        }
        try await installation.close()
        let total = processes.reduce(0) { $0 + $1.cpuSeconds }
        let results = Results(
            traffic: report, processes: processes,
            cpuMicrosecondsPerMessage: report.accepted > 0 ? total * 1_000_000 / Double(report.accepted) : 0)
        show(results)
        try ResultFile.write(results, to: settings.optionalString("json"))
        return report.isClean
    }

    private static func plan(_ settings: Settings) throws -> AuditPlan {
        // One user with one device each, who all stay, and nothing but messages.
        var plan = AuditPlan()
        (plan.devices, plan.movers, plan.churn, plan.changes) = (1, 0, 0, 0)
        (plan.partners, plan.readsBack, plan.largeGroups) = (20, false, 0)
        plan.clients = try settings.integer("clients", in: 2...20_000)
        plan.rate = Double(try settings.integer("rate", in: 1...1_000_000))
        plan.duration = try settings.duration("duration", in: .seconds(1)...(.seconds(86_400)))
        plan.groups = try settings.integer("groups", in: 0...10_000)
        plan.groupSize = try settings.integer("group-size", in: 2...1000)
        plan.groupShare = Double(try settings.integer("group-share", in: 0...100)) / 100
        plan.bodySize = try settings.integer("body", in: 64...60_000)
        plan.patience = try settings.duration("patience", in: .seconds(1)...(.seconds(600)))
        return plan
    }

    private static func show(_ results: Results) {
        let traffic = results.traffic
        func line(_ name: String, _ value: String) {
            say("  \(name.padding(toLength: 22, withPad: " ", startingAt: 0))\(value)")
        }
        func latency(_ latency: AuditResult.Latency) -> String {
            String(
                format: "p50 %.2f  p90 %.2f  p99 %.2f  max %.1f ms", latency.p50, latency.p90, latency.p99,
                latency.max)
        }
        say(traffic.isClean ? "clean" : "NOT CLEAN")
        line("sent", "\(traffic.sent)")
        let refusals = traffic.refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        line(
            "accepted",
            "\(traffic.accepted) (unanswered \(traffic.unanswered), refusals: \(refusals.isEmpty ? "none" : refusals.joined(separator: ", ")))"
        )
        line("delivered", "\(traffic.delivered) of \(traffic.expected)")
        for (violation, count) in traffic.violations.sorted(by: { $0.key < $1.key }) {
            line(violation.rawValue, "\(count)")
        }
        line("gaps, sessions", "\(traffic.gaps), \(traffic.sessions)")
        line("delivery", latency(traffic.delivery))
        line("acceptance", latency(traffic.acceptance))
        for process in results.processes {
            line(
                process.name,
                String(
                    format: "%.2f s CPU, %.1f MiB", process.cpuSeconds, Double(process.residentBytes) / 1_048_576))
        }
        line("CPU for each message", String(format: "%.1f µs over all of these", results.cpuMicrosecondsPerMessage))
        for example in traffic.examples { say("  ! \(example.kind.rawValue): \(example.text)") }
    }
}
