import Logging
import Messaging
import ServiceLifecycle
import TestStack

@testable import RedisStreams

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension RedisServer {
    nonisolated var configuration: RedisConfiguration {
        get throws { try RedisConfiguration(url: url) }
    }
}

/// Runs `body` against a Redis of its own, with a connection to it.
func withRedis(_ body: @Sendable (RedisConnection) async throws -> Void) async throws {
    try await withRedisServer { redis, _ in try await body(redis) }
}

/// The same, for what needs more than one connection.
func withRedisServer(_ body: @Sendable (RedisConnection, RedisServer) async throws -> Void) async throws {
    let server = try await RedisServer.start()
    do {
        try await Installation.check(server.configuration, keys: Keys(), partitions: 16, logger: quiet)
        let redis = RedisConnection(try server.configuration, name: "test", logger: quiet)
        try await withRunning(redis) { try await body(redis, server) }
    } catch {
        try await server.kill()
        throw error
    }
    try await server.kill()
}

/// Runs a service, and ends it after `body`.
func withRunning(_ service: some Service, _ body: @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup { group in
        group.addTask { try await service.run() }
        try await body()
        group.cancelAll()
    }
}

/// Waits until `condition` holds, for 20 s at most.
func eventually(line: Int = #line, _ condition: () async throws -> Bool) async throws {
    try await TestStack.eventually("the condition of line \(line)", within: .seconds(20), holds: condition)
}
