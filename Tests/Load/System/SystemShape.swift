import ServiceRuntime
import TestStack

/// An installation to be started: what one may want to see the price of.
struct SystemShape: Equatable, Sendable {
    var partitions: Int?
    var routers: Int?
    /// `LARGE_GROUP` of the routers.
    var largeGroup: Int?

    static let largeLabel = "groups large beyond"

    /// For the names of steps; empty for what is so by default.
    var label: String {
        let parts = [
            partitions.map { "\($0) partition\($0 == 1 ? "" : "s")" },
            routers.map { "\($0) router\($0 == 1 ? "" : "s")" },
            largeGroup.map { "\(Self.largeLabel) \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: ", ")
    }

    /// Each number of partitions with each number of routers and each size of large groups.
    static func all(partitions: [Int], routers: [Int], largeGroups: [Int] = []) -> [SystemShape] {
        func each(_ numbers: [Int]) -> [Int?] { numbers.isEmpty ? [nil] : numbers.map(Int?.some) }
        return each(partitions).flatMap { count in
            each(routers).flatMap { routers in
                each(largeGroups).map { SystemShape(partitions: count, routers: routers, largeGroup: $0) }
            }
        }
    }

    /// What is measured is how fast it is, not how fast it may be asked; and Postgres keeps what it has said to have stored.
    func apply(to plan: inout Stack.Plan) {
        if let partitions { plan.environment["PARTITIONS"] = "\(partitions)" }
        if let routers { plan.routers = routers }
        if let largeGroup { plan.environments["message-router", default: [:]]["LARGE_GROUP"] = "\(largeGroup)" }
        plan.postgresIsDurable = true
        let limits = [
            "RATE": "1000000", "BURST": "1000000", "HANDSHAKE_RATE": "1000000", "RECONNECT_RATE": "1000000",
        ]
        plan.environments["ws-edge", default: [:]].merge(limits) { given, _ in given }
    }
}
