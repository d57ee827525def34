import Messaging
import RedisBench
import Synchronization
import TestStack
import Testing

@testable import RedisStreams

/// Redis comes back with an older state: after a failover to a replica that was behind, or a power cut.
@Suite struct TimelineTests {
    private static let keys = Keys()

    /// Delivers to bob, as the router does; waits before the first time.
    final class Deliverer: PartitionHandler {
        let redis: RedisConnection
        let gate = Mutex<(isOpen: Bool, waiting: CheckedContinuation<Void, Never>?)>((false, nil))

        init(_ redis: RedisConnection) { self.redis = redis }

        var isWaiting: Bool { gate.withLock { $0.waiting != nil } }

        func open() {
            gate.withLock { gate in
                defer { gate = (true, nil) }
                return gate.waiting
            }?.resume()
        }

        func acquired(_ partition: Int) async {}
        func lost(_ partition: Int) async {}

        func handle(_ batch: PartitionBatch) async throws {
            if !gate.withLock({ $0.isOpen }) {
                await withCheckedContinuation { waiting in gate.withLock { $0.waiting = waiting } }
            }
            let commands = batch.entries.map { entry in
                DeliverScript.command(
                    keys: keys, user: "bob", partition: batch.partition, message: entry.id, after: .zero,
                    entry: .init(conversation: "dm:a:bob", from: "a", device: "d", data: [49]))
            }
            for reply in await redis.execute(commands, on: batch.timeline) { _ = try DeliverScript.reply(reply.get()) }
        }
    }

    /// Sends something for a timeline that the link does not have, again and again, until the connection has another one.
    private func insist(_ redis: RedisConnection, while timeline: String) async throws {
        try await eventually("the connection knows the timeline") {
            let reply = await redis.execute([RedisCommand("PING")], on: "another")
            #expect((try? reply[0].get()) == nil)
            return redis.timeline != timeline
        }
    }

    @Test func aLinkThatBrokeIsNoticedThoughNothingComesForItsTimeline() async throws {
        try await withRedis { redis, server in
            try await eventually("there is a link") { redis.isConnected }
            let before = redis.timeline
            try await server.kill()
            try await server.restart()
            try await insist(redis, while: before)
            #expect(try await redis.execute(RedisCommand("PING"), on: redis.timeline) == .status("PONG"))
        }
    }

    @Test func aServerThatTakesAnotherTimelineWhileItLivesIsNoticedInWorkAndAtRest() async throws {
        let server = try await RedisServer.start(settings: ["--enable-debug-command", "yes"])
        let busy = RedisConnection(try server.configuration, name: "busy", logger: quiet)
        let idle = RedisConnection(try server.configuration, name: "idle", logger: quiet)
        try await withRunning([busy, idle]) {
            try await eventually("there are links") { busy.isConnected && idle.isConnected }
            let before = busy.timeline
            try await server.cli("DEBUG", "CHANGE-REPL-ID")
            try await eventually("the busy one knows") {
                _ = await busy.execute([RedisCommand("PING")])
                return busy.timeline != before
            }
            try await eventually("the idle one knows") { idle.timeline == busy.timeline }
        }
        try await server.kill()
    }

    @Test func whatWasDeliveredInALostTimelineIsDeliveredAgain() async throws {
        try await withRedis { redis, server in
            let handler = Deliverer(redis)
            let consumer = PartitionConsumer(
                ConsumerConfiguration(
                    group: "router", instance: "one", partitions: 1, keys: Self.keys, stream: .log,
                    trimsWith: ["router"]),
                redis: try server.configuration, commands: redis, handler: handler, logger: quiet)
            try await withRunning([consumer]) {
                let message = try await redis.execute(.append(to: Self.keys.log(0), fields: [[102], [118]]))
                    .id("XADD in a test")
                try await eventually("the handler has the entry") { handler.isWaiting }
                // In the log, and neither delivered nor committed: that is what will be left.
                let snapshot = try await server.snapshot()
                let before = redis.timeline
                handler.open()
                let position = RedisCommand("HGET", .text(Self.keys.position(0, group: "router")), "id")
                try await eventually("the position is committed") {
                    try await redis.execute(position).string == message.description
                }
                try await server.goBack(to: snapshot)
                try await eventually("there is a link to the new timeline") {
                    redis.isConnected && redis.timeline != before
                }
                #expect(
                    try await redis.execute(RedisCommand("XLEN", .text(Self.keys.inbox("bob"))), on: redis.timeline)
                        .int != nil)
                try await eventually("it is in the inbox") {
                    let inbox = try await redis.execute(
                        InboxPage.command(keys: Self.keys, user: "bob", after: .zero, count: 10))
                    return try InboxPage.reply(inbox).map(\.entry.id) == [message]
                }
                try await eventually("the position is committed") {
                    try await redis.execute(position).string == message.description
                }
                // What comes later is handled as ever.
                let next = try await redis.execute(.append(to: Self.keys.log(0), fields: [[102], [118]]))
                    .id("XADD in a test")
                #expect(next > message)
                try await eventually("the position is committed") {
                    try await redis.execute(position).string == next.description
                }
            }
        }
    }

    @Test func nothingOfALostTimelineIsExecuted() async throws {
        try await withRedis { redis, server in
            try await eventually("there is a link") { redis.isConnected }
            let before = redis.timeline
            _ = try await redis.execute(RedisCommand("SET", "k", "v"), on: before)
            try await server.goBack(to: server.snapshot())
            try await eventually("there is a link to the new timeline") {
                redis.isConnected && redis.timeline != before
            }
            do throws(RedisError) {
                _ = try await redis.execute(RedisCommand("SET", "k", "late"), on: before)
                Issue.record("executed")
            } catch {
                #expect(error.code == .disconnected)
            }
            #expect(try await redis.execute(RedisCommand("GET", "k")).string == "v")
        }
    }

    @Test func aTimelineStaysOverABrokenLink() async throws {
        try await withRedis { (redis: RedisConnection, server: RedisServer) in
            try await eventually("there is a link") { redis.isConnected }
            let before = redis.timeline
            #expect(!before.isEmpty)
            _ = try await server.cli("CLIENT", "KILL", "TYPE", "normal")
            try await eventually("the timeline is the same") {
                (try? await redis.execute(RedisCommand("SET", "k", "v"), on: before)) == .status("OK")
            }
        }
    }

    @Test func theClockOfANewServerCatchesUpWithThatOfTheOneBefore() {
        let clock = ServerClock()
        #expect(clock.lag(timeline: "one", serverTime: .seconds(1000), now: .seconds(1)) == .zero)
        // The same server after a while, its clock set back: Redis itself gives higher ids all the same.
        #expect(clock.lag(timeline: "one", serverTime: .seconds(1004), now: .seconds(6)) == .zero)
        #expect(clock.lag(timeline: "two", serverTime: .seconds(1006), now: .seconds(10)) == .seconds(2))
        // Another link to the same server waits as well.
        #expect(clock.lag(timeline: "two", serverTime: .seconds(1007), now: .seconds(11)) == .seconds(1))
        #expect(clock.lag(timeline: "two", serverTime: .seconds(1009), now: .seconds(13)) == .zero)
        #expect(clock.lag(timeline: "three", serverTime: .seconds(1020), now: .seconds(20)) == .zero)
    }

    /// The inbox' last id is kept beside it, so cursors grow even when the clock is behind what was given.
    @Test func cursorsGrowWhenTheClockIsBehind() async throws {
        try await withRedis { redis in
            let future = MessageID(milliseconds: 9_000_000_000_000, sequence: 4)
            _ = try await redis.execute(
                RedisCommand("HSET", .text(Self.keys.marks("bob")), "last", future.argument))
            let reply = try DeliverScript.reply(
                await redis.execute(
                    DeliverScript.command(
                        keys: Self.keys, user: "bob", partition: 0, message: MessageID(milliseconds: 5, sequence: 0),
                        after: .zero, entry: .init(conversation: "dm:a:bob", from: "a", device: "d", data: [49]))))
            guard case .appended(let cursor, let previous, _) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(cursor > future && previous == future)
        }
    }
}
