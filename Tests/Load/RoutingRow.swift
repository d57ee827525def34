import Foundation
import TestStack

/// One way of routing with so many edges: what it cost for each accepted message.
struct RoutingRow {
    var edges: Int
    var way: String
    var accepted: Int
    var delivered: Int
    var expected: Int
    var isClean: Bool
    /// What the judge found, by its kind.
    var violations: [String: Int]
    /// Redis, for each accepted message: commands, and bytes in and out.
    var commands: Double
    var bytesIn: Double
    var bytesOut: Double
    /// Entries read by edges for each that had something for the edge.
    var amplification: Double
    var misses: Double
    /// Processor microseconds for each accepted message.
    var edgesCPU: Double
    var routersCPU: Double
    var redisCPU: Double
    var allCPU: Double
    /// Milliseconds.
    var p50: Double
    var p90: Double
    var p99: Double
    var longest: Double

    init(edges: Int, way: String, _ report: AuditResult, _ before: RoutingProbe, _ after: RoutingProbe) {
        let messages = Double(max(1, report.accepted))
        func each(_ value: KeyPath<RoutingProbe, Double>, _ factor: Double = 1) -> Double {
            (after[keyPath: value] - before[keyPath: value]) * factor / messages
        }
        self.edges = edges
        self.way = way
        accepted = report.accepted
        delivered = report.delivered
        expected = report.expected
        isClean = report.isClean
        violations = Dictionary(uniqueKeysWithValues: report.violations.map { ("\($0.key.rawValue)", $0.value) })
        commands = each(\.commands)
        bytesIn = each(\.bytesIn)
        bytesOut = each(\.bytesOut)
        amplification = (after.entries - before.entries) / max(1, after.used - before.used)
        misses = after.misses - before.misses
        edgesCPU = each(\.edges, 1_000_000)
        routersCPU = each(\.routers, 1_000_000)
        redisCPU = each(\.redis, 1_000_000)
        allCPU = each(\.all, 1_000_000)
        p50 = report.delivery.p50
        p90 = report.delivery.p90
        p99 = report.delivery.p99
        longest = report.delivery.max
    }

    /// The row as a step of a report.
    func step(seconds: Double) -> LoadReport.Step {
        var step = LoadReport.Step(
            name: "\(edges) edges, by \(way)", seconds: seconds, unit: "messages", count: accepted)
        step.latencies = [
            "delivery": .init(
                count: delivered, mean: nil, p50: p50, p90: p90, p99: p99, p999: nil, max: longest)
        ]
        let others = allCPU - edgesCPU - routersCPU - redisCPU
        step.processes = [
            ("edges", edgesCPU), ("message-routers", routersCPU), ("redis", redisCPU), ("others", others),
        ].map { name, each in
            .init(
                name: name, isServer: true, cpuSeconds: each * Double(accepted) / 1_000_000, microseconds: each,
                residentBytes: 0)
        }
        step.figures = [
            .init(name: "Redis commands, those of scripts included", value: commands, unit: "a message"),
            .init(name: "Redis reads", value: bytesIn, unit: "bytes a message"),
            .init(name: "Redis writes", value: bytesOut, unit: "bytes a message"),
            .init(name: "entries read by entries used", value: amplification, unit: "times"),
            .init(name: "misses", value: misses, unit: ""),
        ]
        return step
    }

    /// The table.
    static func markdown(_ rows: [RoutingRow]) -> String {
        let head = [
            "edges", "ROUTING", "delivered", "Redis commands", "Redis bytes in", "Redis bytes out", "amplification",
            "misses", "CPU edges", "CPU routers", "CPU Redis", "CPU all", "p50 ms", "p99 ms",
        ]
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        var text = line(head) + line(["---:", "---"] + head.dropFirst(2).map { _ in "---:" })
        for row in rows { text += line(row.cells) }
        return text + "\nFor each accepted message; CPU in µs, bytes as Redis counts them on its sockets.\n"
    }

    private var cells: [String] {
        [
            "\(edges)", way, "\(delivered)/\(expected)" + (isClean ? "" : " NOT CLEAN"),
            String(format: "%.2f", commands), String(format: "%.0f", bytesIn), String(format: "%.0f", bytesOut),
            String(format: "%.2f", amplification), String(format: "%.0f", misses), String(format: "%.1f", edgesCPU),
            String(format: "%.1f", routersCPU), String(format: "%.1f", redisCPU), String(format: "%.1f", allCPU),
            String(format: "%.2f", p50), String(format: "%.1f", p99),
        ]
    }
}
