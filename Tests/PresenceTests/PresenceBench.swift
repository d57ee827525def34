import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import Synchronization
import TestStack

@testable import Presence

/// The parts of presence on a Redis of its own, called one by one: no consumer reads, no loop runs.
struct PresenceBench: Sendable {
    static let partitions = 16
    /// How many entries of streams were made up, so that each has an id of its own.
    private static let entries = Atomic<UInt64>(0)

    let redis: RedisConnection
    let keys = Keys()
    let registry = PrometheusRegistry()
    let edges: EdgeBook
    let tidings: Tidings
    let settler: Settler
    let handler: SessionEventHandler
    let grace: GraceLoop
    let sweeper: EdgeSweeper

    init(_ redis: RedisConnection, _ server: RedisServer, grace time: Duration) throws {
        self.redis = redis
        let metrics = PresenceMetrics(registry: registry)
        edges = EdgeBook(redis: redis, keys: keys)
        tidings = Tidings(
            redis: redis, writer: EdgeWriter(redis: redis, keys: keys), keys: keys, metrics: metrics,
            partitions: Self.partitions, transitionsLimit: 10_000)
        settler = Settler(
            redis: redis, keys: keys, edges: edges, metrics: metrics, grace: time, partitions: Self.partitions,
            tidings: tidings)
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
        _ user: String, _ incarnation: String, session: String = "s1", device: String = "phone",
        isHidden: Bool = false
    ) async throws {
        _ = try await redis.execute(
            RegisterScript.command(
                keys: keys, user: user, session: session, incarnation: incarnation, device: device, cursor: nil,
                claimed: nil,
                fromStart: false, issuedAt: .max, isHidden: isHidden))
    }

    func unregister(_ user: String, _ incarnation: String, session: String = "s1") async throws {
        _ = try await redis.execute(
            UnregisterScript.command(keys: keys, user: user, sessions: [session], incarnation: incarnation))
    }

    func event(
        _ kind: SessionEvent.Kind, _ user: String, _ incarnation: String, session: String = "s1",
        sequence: UInt64? = nil
    ) -> SessionEvent {
        SessionEvent(
            kind: kind, user: user, device: "phone", session: session, incarnation: incarnation,
            sequence: sequence ?? (kind == .connect ? 1 : 2))
    }

    /// Has events consumed as one batch, all at `at` (ms), by default about now.
    func consume(_ events: [SessionEvent], at: Int64? = nil) async throws {
        let now = try await redis.now()
        let entries = events.map { event in
            StreamEntry(
                id: MessageID(
                    milliseconds: UInt64(at ?? now), sequence: Self.entries.add(1, ordering: .relaxed).newValue),
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

    /// What `viewer` sees of a user; the user themselves unless another is named.
    func view(_ user: String, for viewer: String? = nil) async throws -> PresenceReader.View {
        try await PresenceReader(redis: redis, keys: keys, edges: edges).views(of: [user], for: viewer ?? user)[0]
    }

    /// The transitions in the streams, of one user or of all.
    func transitions(_ user: String? = nil) async throws -> [PresenceTransition] {
        var all: [PresenceTransition] = []
        for partition in 0..<Self.partitions {
            let reply = try await redis.execute(RedisCommand("XRANGE", .text(keys.transitions(partition)), "-", "+"))
            for entry in reply.array ?? [] {
                let fields = (entry.array?[1].array ?? []).map { $0.data ?? [] }
                let transition = try PresenceTransition(fields: StreamFields(fields))
                if user == nil || transition.user == user { all.append(transition) }
            }
        }
        return all
    }

    /// An edge says that somebody watches a user there.
    @discardableResult
    func watch(
        _ user: String, _ incarnation: String, lease: Duration = .seconds(600)
    ) async throws -> PresenceView {
        try PresenceInterestScript.reply(
            await redis.execute(
                PresenceInterestScript.command(keys: keys, user: user, incarnation: incarnation, lease: lease)))
    }

    /// A user wants to be seen as this.
    func wish(_ user: String, _ mode: PresenceView.Mode, text: String = "") async throws {
        let reply = try PresenceWishScript.reply(
            await redis.execute(PresenceWishScript.command(keys: keys, user: user, mode: mode, text: text)))
        guard reply.isChanged else { return }
        try await tidings.tellEdges([(user, reply.view, reply.watchers)], live: edges.liveIncarnations())
    }

    /// What an edge was told of presence, oldest first.
    func told(_ edge: String) async throws -> [(user: String, view: PresenceView)] {
        try await redis.entries(keys.out(edge), "batch").flatMap { try EdgeBatch(decoding: $0.value).items }
            .compactMap { item in
                guard case .presence(let user, let view) = item else { return nil }
                return (user, view)
            }
    }

    func status(_ user: String) async throws -> String { try await view(user).status }
}
