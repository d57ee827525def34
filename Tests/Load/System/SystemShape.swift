import ServiceRuntime
import TestStack

/// An installation to be started: what one may want to see the price of.
struct SystemShape: Equatable, Sendable {
    var partitions: Int?
    var routers: Int?

    /// For the names of steps; empty for what is so by default.
    var label: String {
        let parts = [
            partitions.map { "\($0) partition\($0 == 1 ? "" : "s")" },
            routers.map { "\($0) router\($0 == 1 ? "" : "s")" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// Each number of partitions with each number of routers.
    static func all(partitions: [Int], routers: [Int]) -> [SystemShape] {
        let (partitions, routers) = (partitions.map(Int?.some), routers.map(Int?.some))
        return (partitions.isEmpty ? [nil] : partitions).flatMap { count in
            (routers.isEmpty ? [nil] : routers).map { SystemShape(partitions: count, routers: $0) }
        }
    }

    /// What is measured is how fast it is, not how fast it may be asked; and Postgres keeps what it has said to have stored.
    func apply(to plan: inout Stack.Plan) {
        if let partitions { plan.environment["PARTITIONS"] = "\(partitions)" }
        if let routers { plan.routers = routers }
        plan.postgresIsDurable = true
        let limits = [
            "RATE": "1000000", "BURST": "1000000", "HANDSHAKE_RATE": "1000000", "RECONNECT_RATE": "1000000",
        ]
        plan.environments["ws-edge", default: [:]].merge(limits) { given, _ in given }
    }
}
