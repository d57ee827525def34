import TestStack

/// Services come and go in order while clients talk.
extension Scenario {
    static let scaling: [Scenario] = [
        scaled(.router, by: 2, "message-routers: 1 → 3 → 1"),
        scaled(.history, by: 1, "histories: 1 → 2 → 1"),
        Scenario("edge-scaled", "edges: 2 → 3 → 2") { scene in
            let before = scene.stack.edgeURLs
            try await scene.trafficFlows()
            try await scene.fault("edges scaled") {
                let third = try await scene.stack.add(.edge)
                try await scene.control.setEdges(scene.stack.edgeURLs)
                try await Task.sleep(for: .seconds(10))
                // As behind a load balancer: what drains is given no new sessions.
                try await scene.control.setEdges(before)
                try await scene.stop(third)
            }
        },
    ]

    private static func scaled(_ kind: ServiceKind, by more: Int, _ title: String) -> Scenario {
        Scenario("\(kind.rawValue)-scaled", title) { scene in
            try await scene.trafficFlows()
            try await scene.fault("\(kind.program) scaled") {
                var added: [ServiceProcess] = []
                for _ in 0..<more { added.append(try await scene.stack.add(kind)) }
                try await Task.sleep(for: .seconds(10))
                for service in added { try await scene.stop(service) }
            }
        }
    }
}

extension Scene {
    /// Stops a service in order for good; it has to end by itself, with exit code 0.
    func stop(_ service: ServiceProcess) async throws {
        let code = try await stack.remove(service)
        if code != 0 { complain("\(service.name) ended with \(code.map(String.init) ?? "nothing") on SIGTERM") }
    }
}
