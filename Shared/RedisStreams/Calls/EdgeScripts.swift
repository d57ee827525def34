internal import FoundationEssentials
public import Messaging

/// Writes or renews an edge's record among the live edges.
///
/// `Scripts/renew_edge.lua`; keys: `edges`, `edges:dead`. Atomic, because whether the record is still this incarnation's and writing it must be one step.
public enum RenewEdgeScript {
    /// What became of it.
    public enum Reply: Hashable, Sendable {
        case renewed
        /// The record has lapsed and is gone: what was registered under this incarnation counts for nothing.
        case lapsed
        /// Another process lives under the same edge id, with this incarnation.
        case superseded(by: String)
    }

    /// The call. `take`: put this incarnation there whatever stands there (at start, or as a new incarnation); the one replaced counts as
    /// dead at once. `record.since` and `record.expires` are set by Redis' clock.
    public static func command(
        keys: Keys, edge: String, record: EdgeRecord, lease: Duration = .seconds(15), take: Bool
    ) -> RedisCommand {
        RedisCommand(
            script: .renewEdge, keys: [keys.edges, keys.deadIncarnations],
            arguments: [
                .text(edge), .text(record.incarnation), take ? 1 : 0, lease.argument, .text(record.url),
                .integer(Int64(record.sessions)), record.draining ? 1 : 0,
                .integer(Int64(record.capacity)),
            ])
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("renew_edge")
        switch parts[0].string {
        case "renewed": return .renewed
        case "lapsed": return .lapsed
        case "superseded" where parts.count == 2: return .superseded(by: try parts[1].text("renew_edge"))
        default: throw .unexpectedReply("renew_edge")
        }
    }
}

/// Takes an edge that goes out of the live edges. `Scripts/leave_edge.lua`; keys: `edges`, `edges:dead`. Atomic, because only its own
/// record may be removed.
public enum LeaveEdgeScript {
    /// The call.
    public static func command(keys: Keys, edge: String, incarnation: String) -> RedisCommand {
        RedisCommand(
            script: .leaveEdge, keys: [keys.edges, keys.deadIncarnations], arguments: [.text(edge), .text(incarnation)])
    }
}

/// Takes the edges whose lease has lapsed out of the live edges. `Scripts/expire_edges.lua`; keys: `edges`, `edges:dead`. Atomic, so that
/// all of an edge's sessions stop counting in one write.
public enum ExpireEdgesScript {
    /// The call.
    public static func command(keys: Keys) -> RedisCommand {
        RedisCommand(script: .expireEdges, keys: [keys.edges, keys.deadIncarnations], arguments: [])
    }

    /// The incarnations whose sessions are still to be swept.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [String] {
        try value.elements("expire_edges", atLeast: 0).compactMap(\.string)
    }
}

/// The live edges: HGETALL `edges`.
public enum LiveEdges {
    /// The call.
    public static func command(keys: Keys) -> RedisCommand { RedisCommand("HGETALL", .text(keys.edges)) }

    /// Edge id → record. A record that cannot be read is left out.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [String: EdgeRecord] {
        let parts = try value.elements("HGETALL edges", atLeast: 0)
        var edges: [String: EdgeRecord] = [:]
        for place in stride(from: 0, to: parts.count - 1, by: 2) {
            guard let edge = parts[place].string, let json = parts[place + 1].data,
                let record = try? JSONDecoder().decode(EdgeRecord.self, from: Data(json))
            else { continue }
            edges[edge] = record
        }
        return edges
    }
}
