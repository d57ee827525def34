import Logging
import Messaging
import RedisStreams
import ServiceLifecycle
import TestStack

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` against a Redis of its own, with a connection to it.
func withRedis(_ body: @Sendable (RedisConnection, RedisServer) async throws -> Void) async throws {
    let server = try await RedisServer.start()
    do {
        let redis = RedisConnection(try RedisConfiguration(url: server.url), name: "test", logger: quiet)
        try await withRunning([redis]) { try await body(redis, server) }
    } catch {
        try await server.kill()
        throw error
    }
    try await server.kill()
}

/// Runs services as a process would, and ends them after `body`.
func withRunning(_ services: [any Service], _ body: @Sendable () async throws -> Void) async throws {
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

extension RedisConnection {
    /// The sorted elements of an array reply, as text.
    func texts(_ name: String, _ arguments: RedisArgument...) async throws -> [String] {
        try await execute(RedisCommand(name, arguments)).array?.compactMap(\.string).sorted() ?? []
    }

    /// Redis' clock, in ms.
    func now() async throws -> Int64 {
        let parts = try await execute(RedisCommand("TIME")).array ?? []
        guard parts.count == 2, let seconds = parts[0].int, let micros = parts[1].int else { return 0 }
        return seconds * 1000 + micros / 1000
    }
}
