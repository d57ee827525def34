import Foundation
import TestStack

/// What an installation has done so far: Redis' counters, processor time, and what edges were told.
struct RoutingProbe: Sendable {
    /// Commands that Redis has executed, and bytes that it has read and written.
    var commands = 0.0
    var bytesIn = 0.0
    var bytesOut = 0.0
    /// Processor seconds: of all edges, all routers, Redis, and everything.
    var edges = 0.0
    var routers = 0.0
    var redis = 0.0
    var all = 0.0
    /// Entries that edges have read, and those of them that had something for them.
    var entries = 0.0
    var used = 0.0
    /// Users whom an edge was told of and did not have.
    var misses = 0.0

    init(_ stack: Stack) async throws {
        for line in try await stack.redis.cli("INFO", "stats").split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: ":")
            guard parts.count == 2, let value = Double(parts[1]) else { continue }
            switch parts[0] {
            case "total_commands_processed": commands = value
            case "total_net_input_bytes": bytesIn = value
            case "total_net_output_bytes": bytesOut = value
            default: break
            }
        }
        for service in stack.services {
            guard let pid = await service.pid, let probe = ProcessProbe(pid: pid) else { continue }
            all += probe.processor
            if service.program == "ws-edge" { edges += probe.processor }
            if service.program == "message-router" { routers += probe.processor }
        }
        if let pid = await stack.redis.pid, let probe = ProcessProbe(pid: pid) {
            redis = probe.processor
            all += probe.processor
        }
        if let pid = await stack.postgres.pid, let probe = ProcessProbe(pid: pid) { all += probe.processor }
        for edge in stack.edges {
            let metrics = try await HTTPClient.get("\(edge.url)/metrics", within: .seconds(5)).text
            entries += Self.sum("ws_edge_news_entries_total", in: metrics)
            used += Self.sum("ws_edge_news_entries_used_total", in: metrics)
            misses += Self.sum("ws_edge_misses_total", in: metrics)
        }
    }

    /// The sum of a metric over all its labels.
    private static func sum(_ name: String, in metrics: String) -> Double {
        metrics.split(separator: "\n").reduce(0) { sum, line in
            guard line.hasPrefix(name), let next = line.dropFirst(name.count).first, next == "{" || next == " ",
                let value = line.split(separator: " ").last.flatMap({ Double($0) })
            else { return sum }
            return sum + value
        }
    }
}
