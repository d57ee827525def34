package import ServiceLifecycle

/// Runs services as a process would, and ends them in an orderly way after `body`.
package func withRunning(_ services: [any Service], _ body: @Sendable () async throws -> Void) async throws {
    let group = ServiceGroup(services: services, logger: quiet)
    try await withThrowingTaskGroup { tasks in
        tasks.addTask { try await group.run() }
        do {
            try await body()
        } catch {
            tasks.cancelAll()
            throw error
        }
        await group.triggerGracefulShutdown()
        try await tasks.waitForAll()
    }
}

/// Runs one service, and cancels it after `body`.
package func withRunning(_ service: some Service, _ body: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        try await body()
        group.cancelAll()
    }
}
