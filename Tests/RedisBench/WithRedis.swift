package import Logging
import Messaging
package import RedisStreams
package import TestStack

/// A log that keeps nothing.
package let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension RedisServer {
    /// Where it is, for a connection.
    package nonisolated var configuration: RedisConfiguration {
        get throws { try RedisConfiguration(url: url) }
    }
}

/// Runs `body` against a Redis of its own, with a connection to it.
package func withRedis(_ body: @Sendable (RedisConnection, RedisServer) async throws -> Void) async throws {
    let server = try await RedisServer.start()
    do {
        try await Installation.check(server.configuration, keys: Keys(), partitions: 16, logger: quiet)
        let redis = RedisConnection(try server.configuration, name: "test", logger: quiet)
        try await withRunning([redis]) { try await body(redis, server) }
    } catch {
        try await server.kill()
        throw error
    }
    try await server.kill()
}

/// The same, for what needs no more than that connection.
package func withRedis(_ body: @Sendable (RedisConnection) async throws -> Void) async throws {
    try await withRedis { redis, _ in try await body(redis) }
}
