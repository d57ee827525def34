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

func id(_ milliseconds: UInt64, _ sequence: UInt64 = 0) -> MessageID {
    MessageID(milliseconds: milliseconds, sequence: sequence)
}

extension RedisConnection {
    /// The sorted elements of an array reply, as text.
    func texts(_ name: String, _ arguments: RedisArgument...) async throws -> [String] {
        try await execute(RedisCommand(name, arguments)).array?.compactMap(\.string).sorted() ?? []
    }

    /// The entries of a stream: ids and the value of one field.
    func entries(_ key: String, _ field: String) async throws -> [(id: MessageID, value: [UInt8])] {
        let reply = try await execute(RedisCommand("XRANGE", .text(key), "-", "+"))
        return (reply.array ?? []).compactMap { entry in
            guard let parts = entry.array, let id = parts[0].data.flatMap({ MessageID(utf8: $0) }),
                let fields = parts[1].array, let place = fields.firstIndex(where: { $0.string == field }),
                let value = fields[place + 1].data
            else { return nil }
            return (id, value)
        }
    }
}
