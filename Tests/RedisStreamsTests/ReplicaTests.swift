import Logging
import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

/// What counts only when a replica has it.
@Suite struct ReplicaTests {
    private let keys = Keys()

    private func publish(_ n: UInt64) -> RedisCommand {
        PublishScript.command(
            keys: keys, partition: 0,
            entry: LogEntry(
                kind: .message, conversation: .direct("a", "b"), from: "a", device: "d", n: n, data: [49]),
            deduplication: .counter, limit: 1000)
    }

    private func withReplica(
        _ body: @Sendable (_ redis: RedisConfiguration, _ replica: RedisServer) async throws -> Void
    ) async throws {
        let server = try await RedisServer.start(settings: ["--repl-diskless-sync-delay", "0"])
        let replica = try await RedisServer.start(settings: ["--replicaof", "127.0.0.1", "\(server.port)"])
        try await eventually("the replica follows") {
            try await replica.cli("INFO", "replication").contains("master_link_status:up")
        }
        var configuration = try RedisConfiguration(url: server.url)
        configuration.acceptReplicas = 1
        configuration.acceptTimeout = .milliseconds(300)
        try await body(configuration, replica)
        try await replica.kill()
        try await server.kill()
    }

    @Test func whatTheReplicaDoesNotHaveIsNotAcceptedAndARepeatWaitsForItToo() async throws {
        try await withReplica { configuration, replica in
            let redis = RedisConnection(configuration, name: "test", logger: quiet, waitsForReplicas: true)
            try await withRunning([redis]) {
                try await eventually("it is accepted") { (try? await redis.execute(publish(1))) != nil }
                await replica.suspend()
                await #expect(throws: RedisError.self) { try await redis.execute(publish(2)) }
                #expect(redis.trouble?.code == .server("NOREPLICAS"))
                await #expect(throws: RedisError.self) { try await redis.execute(publish(2)) }
            }
            // Nor over another link, which has written nothing before.
            let other = RedisConnection(configuration, name: "test", logger: quiet, waitsForReplicas: true)
            try await withRunning([other]) {
                do throws(RedisError) {
                    _ = try await other.execute(publish(2))
                    Issue.record("accepted what no replica has")
                } catch {
                    #expect(error.code == .server("NOREPLICAS"))
                }
                await replica.resume()
                try await eventually("it is accepted") {
                    guard let reply = try? await other.execute(publish(2)) else { return false }
                    guard case .duplicate = try PublishScript.reply(reply) else { return false }
                    return true
                }
                #expect(try await other.execute(RedisCommand("XLEN", .text(keys.log(0)))).int == 2)
            }
        }
    }

    @Test func whatTheReplicaDoesNotHaveIsNotHandled() async throws {
        try await withReplica { configuration, replica in
            let refusals = Mutex(0)
            let counting = Logger(label: "test") { _ in
                CountingLog {
                    if $0.contains("NOREPLICAS") || $0.contains("not enough replicas") { refusals.withLock { $0 += 1 } }
                }
            }
            let redis = RedisConnection(configuration, name: "test", logger: quiet)
            let recorder = PartitionConsumerTests.Recorder()
            let consumer = PartitionConsumer(
                ConsumerConfiguration(
                    group: "router", instance: "one", partitions: 1, keys: keys, stream: .log, trimsWith: ["router"]),
                redis: configuration, commands: redis, handler: recorder, logger: counting)
            try await withRunning([redis]) {
                try await withRunning([consumer]) {
                    _ = try await redis.execute(publish(1))
                    try await eventually("the first entry is handled") { recorder.count == 1 }
                    await replica.suspend()
                    _ = try await redis.execute(publish(2))
                    try await eventually("the reader waits for the replica") { refusals.withLock { $0 } >= 2 }
                    #expect(recorder.count == 1)
                    await replica.resume()
                    try await eventually("the second entry is handled") { recorder.count == 2 }
                }
            }
        }
    }
}

/// Tells what is logged, with its metadata.
private struct CountingLog: LogHandler {
    var tell: @Sendable (String) -> Void
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    init(_ tell: @escaping @Sendable (String) -> Void) { self.tell = tell }

    func log(event: LogEvent) { tell("\(event.message) \(event.metadata ?? [:])") }
}
