import TestStack

/// Redis dies and its Sentinels put the replica in its place; the old one comes back as a replica.
extension Scenario {
    static let failovers: [Scenario] = [
        failover(
            "sentinel-failover-acknowledged", "Redis: failover to the replica, accepted when the replica has it",
            environment: ["ACCEPT_REPLICAS": "1"]),
        // Without waiting for the replica, what Redis had accepted and not yet passed on is gone, and ids may be given again.
        failover(
            "sentinel-failover", "Redis: failover to the replica; what was not replicated is not promised",
            environment: [:]
        ).with { scenario in
            scenario.isPromised = {
                ![
                    .lost, .missingInPostgres, .missingInHistory, .foreignInPostgres, .outOfOrder, .altered, .repeated,
                    .acceptedTwice,
                ].contains($0)
            }
        },
    ]

    private static func failover(_ name: String, _ title: String, environment: [String: String]) -> Scenario {
        Scenario(name, title) { plan in
            plan.hasSentinels = true
            plan.environment.merge(environment) { $1 }
        } fault: { scene in
            guard let sentinels = scene.stack.sentinels else { return }
            try await scene.trafficFlows()
            try await scene.fault("Redis killed, failover") {
                try await sentinels.first.kill()
                try await eventually("the Sentinels have chosen the replica", within: .seconds(60)) {
                    try await sentinels.master() === sentinels.second
                }
                try await Task.sleep(for: .seconds(5))
                try await sentinels.first.restart()
                try await eventually("the old master follows the new one", within: .seconds(60)) {
                    try await sentinels.first.cli("INFO", "replication").contains("master_link_status:up")
                }
            }
        }
    }
}
