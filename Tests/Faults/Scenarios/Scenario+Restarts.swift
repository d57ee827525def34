import TestStack

/// Everything is stopped in order and started again: one after the other, and all at once.
extension Scenario {
    static let restarts: [Scenario] = [
        Scenario("rolling-restart", "all services restarted, one after the other") { scene in
            try await scene.trafficFlows()
            try await scene.fault("rolling restart") {
                for service in scene.stack.services {
                    let code = try await service.stop(within: .seconds(60))
                    if code != 0 {
                        scene.complain("\(service.name) ended with \(code.map(String.init) ?? "nothing") on SIGTERM")
                    }
                    try await service.start()
                }
            }
        },
        Scenario("all-stopped", "SIGTERM to everything at once, Redis and Postgres too, and started again") { scene in
            let stack = scene.stack
            try await scene.trafficFlows()
            try await scene.fault("everything stopped", for: .seconds(3)) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for service in stack.services {
                        group.addTask { _ = try await service.stop(within: .seconds(60)) }
                    }
                    group.addTask { try await stack.redis.stop() }
                    group.addTask { try await stack.postgres.stop() }
                    try await group.waitForAll()
                }
            } end: {
                async let redis: Void = stack.redis.restart()
                async let postgres: Void = stack.postgres.restart()
                _ = try await (redis, postgres)
                for service in stack.services { try await service.launch() }
            }
        },
    ]
}
