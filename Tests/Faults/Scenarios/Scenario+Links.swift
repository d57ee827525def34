import TestStack

/// The network between one service and Redis misbehaves, while everybody else reaches Redis as ever.
extension Scenario {
    static let links: [Scenario] = [("edge", "edge-1"), ("router", "message-router")].flatMap { name, service in
        [
            link(name, service, "silent", "packets dropped for 20 s") { try await $0.set(.silent) },
            link(name, service, "slow", "slowed by 200 ms each way for 20 s") {
                try await $0.set(.slowed(.milliseconds(200)))
            },
            Scenario("\(name)-link-reset", "link \(service)–Redis: reset", stack: { $0.links = [service] }) { scene in
                let link = try scene.stack.link(service)
                try await scene.trafficFlows()
                try await scene.fault("link of \(service) reset") { try await link.reset() }
            },
        ]
    }

    /// 20 s in another mode.
    private static func link(
        _ name: String, _ service: String, _ kind: String, _ what: String,
        _ begin: @escaping @Sendable (LinkProxy) async throws -> Void
    ) -> Scenario {
        Scenario("\(name)-link-\(kind)", "link \(service)–Redis: \(what)", stack: { $0.links = [service] }) { scene in
            let link = try scene.stack.link(service)
            try await scene.trafficFlows()
            try await scene.fault("link of \(service) \(kind)", for: .seconds(20)) {
                try await begin(link)
            } end: {
                try await link.set(.pass)
            }
        }
    }
}
