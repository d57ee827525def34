import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack

@testable import Presence

/// The parts of presence on a Redis of its own, called one by one: no consumer reads, no loop runs.
struct PresenceBench: Sendable {
    static let partitions = 16

    let redis: RedisConnection
    let keys = Keys()
    let registry = PrometheusRegistry()
    let edges: EdgeBook
    let settler: Settler
    let handler: SessionEventHandler
    let grace: GraceLoop
    let sweeper: EdgeSweeper

    init(_ redis: RedisConnection, _ server: RedisServer, grace time: Duration) throws {
        self.redis = redis
        let metrics = PresenceMetrics(registry: registry)
        edges = EdgeBook(redis: redis, keys: keys, readiness: Readiness())
        settler = Settler(
            redis: redis, keys: keys, edges: edges, metrics: metrics, grace: time, partitions: Self.partitions)
        handler = SessionEventHandler(
            redis: redis, keys: keys, edges: edges, settler: settler,
            deadLetters: DeadLetters(
                group: "presence", stream: .sessionEvents, redis: redis, keys: keys, logger: quiet), metrics: metrics)
        let consumer = PartitionConsumer(
            ConsumerConfiguration(
                group: "presence", instance: "bench", partitions: Self.partitions, keys: keys, stream: .sessionEvents,
                trimsWith: []),
            redis: try RedisConfiguration(url: server.url), commands: redis, handler: handler, logger: quiet)
        grace = GraceLoop(
            consumer: consumer, redis: redis, keys: keys, edges: edges, settler: settler, metrics: metrics,
            logger: quiet)
        sweeper = EdgeSweeper(
            consumer: consumer, redis: redis, keys: keys, edges: edges, settler: settler, metrics: metrics,
            logger: quiet)
    }

    /// `grace`: by default longer than any test.
    static func with(
        grace: Duration = .seconds(600), _ body: @Sendable (PresenceBench) async throws -> Void
    ) async throws {
        try await withRedis { redis, server in try await body(PresenceBench(redis, server, grace: grace)) }
    }

    /// Writes the record of an edge with this incarnation; the one before it becomes dead.
    func live(_ incarnation: String, lease: Duration = .seconds(15), draining: Bool = false) async throws {
        let edge = String(incarnation.prefix { $0 != ":" })
        let record = EdgeRecord(
            incarnation: incarnation, url: "ws://\(edge)/ws", sessions: 3, draining: draining, since: 0, expires: 0)
        _ = try await redis.execute(
            RenewEdgeScript.command(keys: keys, edge: edge, record: record, lease: lease, take: true))
    }

    /// An edge takes itself out.
    func leave(_ incarnation: String) async throws {
        let edge = String(incarnation.prefix { $0 != ":" })
        _ = try await redis.execute(LeaveEdgeScript.command(keys: keys, edge: edge, incarnation: incarnation))
    }

    func register(
        _ user: String, _ incarnation: String, session: String = "s1", device: String = "phone"
    ) async throws {
        _ = try await redis.execute(
            RegisterScript.command(
                keys: keys, user: user, session: session, incarnation: incarnation, device: device, cursor: nil,
                claimed: nil,
                fromStart: false))
    }

    func unregister(_ user: String, _ incarnation: String, session: String = "s1") async throws {
        _ = try await redis.execute(
            UnregisterScript.command(keys: keys, user: user, sessions: [session], incarnation: incarnation))
    }

    func event(
        _ kind: SessionEvent.Kind, _ user: String, _ incarnation: String, session: String = "s1"
    ) -> SessionEvent {
        SessionEvent(kind: kind, user: user, device: "phone", session: session, incarnation: incarnation, sequence: 1)
    }

    /// Has events consumed as one batch, all at `at` (ms), by default about now.
    func consume(_ events: [SessionEvent], at: Int64? = nil) async throws {
        let now = try await redis.now()
        let entries = events.enumerated().map { place, event in
            StreamEntry(
                id: MessageID(milliseconds: UInt64(at ?? now), sequence: UInt64(place)),
                fields: StreamFields(event.fields))
        }
        try await handler.handle(PartitionBatch(partition: 0, entries: entries))
    }

    /// Makes all looks that are due.
    func look() async throws {
        while try await grace.look(at: Array(0..<Self.partitions)) {}
    }

    /// How many looks are set down, due or not.
    func open(_ user: String) async throws -> Bool {
        let key = keys.grace(Partition.of(user, count: Self.partitions))
        return try await redis.execute(RedisCommand("ZSCORE", .text(key), .text(user))) != .null
    }

    func view(_ user: String) async throws -> PresenceReader.View {
        try await PresenceReader(redis: redis, keys: keys, edges: edges).views(of: [user])[0]
    }

    func status(_ user: String) async throws -> String { try await view(user).status }
}
