import Logging
import Messaging
import RedisBench
import RedisStreams
import ServiceRuntime
import TestStack
import Testing

@testable import MessageRouter

/// A partition's router on a Redis of its own, without consumer and REST: batches are handed to it one by one.
struct RouterBench: Sendable {
    static let partition = 3

    let redis: RedisConnection
    let server: RedisServer
    let keys = Keys()
    let metrics = PrometheusRegistry()
    let handler: RoutingHandler
    let way: RoutingWay
    let edges = BenchEdges()
    private let liveEdges: EdgeBook

    init(
        _ redis: RedisConnection, _ server: RedisServer, _ way: RoutingWay = .register,
        limits: DeliveryPlanner.Limits = .init(), settling: Duration = RingView.settlingTime,
        largeGroup: LargeGroupSize = .init()
    ) {
        self.redis = redis
        self.server = server
        self.way = way
        let benchEdges = edges
        liveEdges = EdgeBook(redis: redis, keys: keys)
        let metrics = MessageRouterMetrics(registry: metrics)
        var tools = PartitionRouter.Tools(
            redis: redis, keys: keys, edges: liveEdges,
            finder: EdgeFinder(way, edges: liveEdges, settling: settling) { benchEdges.ring },
            writer: EdgeWriter(redis: redis, keys: keys),
            deadLetters: DeadLetters(
                group: "router", stream: .log, redis: redis, keys: keys, logger: quiet, onPut: metrics.putAside),
            metrics: metrics)
        tools.limits = limits
        tools.largeGroup = largeGroup
        handler = RoutingHandler(tools: tools)
    }

    static func with(
        _ way: RoutingWay = .register, limits: DeliveryPlanner.Limits = .init(),
        settling: Duration = RingView.settlingTime, largeGroup: LargeGroupSize = .init(),
        _ body: @Sendable (RouterBench) async throws -> Void
    ) async throws {
        try await withRedis { redis, server in
            try await body(
                RouterBench(redis, server, way, limits: limits, settling: settling, largeGroup: largeGroup))
        }
    }

    /// Writes the record of an edge with this incarnation.
    func live(_ incarnation: String) async throws {
        let edge = String(incarnation.prefix { $0 != ":" })
        let record = EdgeRecord(
            incarnation: incarnation, url: "ws://\(edge)/ws", sessions: 0, draining: false, since: 0, expires: 0)
        _ = try await redis.execute(RenewEdgeScript.command(keys: keys, edge: edge, record: record, take: true))
        edges.live(edge, incarnation)
        try await liveEdges.read()
    }

    /// Registers a session. `ring`: as its edge knows it; by default as the router does.
    func connect(
        _ user: String, _ incarnation: String, session: String = "s", device: String = "phone", ring: RingView? = nil
    ) async throws {
        let owner = (ring ?? edges.ring).owner(of: user)
        edges.connect(user, incarnation)
        _ = try await redis.execute(
            RegisterScript.command(
                keys: keys, user: user, session: "\(session)-\(incarnation)", incarnation: incarnation, device: device,
                cursor: nil, claimed: nil, fromStart: false, issuedAt: .max,
                isHome: owner == Incarnation(incarnation)?.edge))
    }

    /// Ends a session.
    func disconnect(_ user: String, _ incarnation: String, session: String = "s") async throws {
        edges.disconnect(user, incarnation)
        _ = try await redis.execute(
            UnregisterScript.command(
                keys: keys, user: user, sessions: ["\(session)-\(incarnation)"], incarnation: incarnation))
    }

    /// Puts a group into Redis as if changes had made it.
    func group(_ group: String, _ members: [String], version: UInt64 = 1) async throws {
        let change = MembershipChange(operation: .replace, name: group, members: members)
        _ = try ApplyMembershipScript.reply(
            await redis.execute(
                ApplyMembershipScript.command(keys: keys, group: group, version: id(version), change: change)))
    }

    func route(_ entries: [StreamEntry], signals: [StreamEntry] = []) async throws {
        try await handler.handle(PartitionBatch(partition: Self.partition, entries: entries, signals: signals))
    }

    /// Redis' time: ids given by a test are followed by those that Redis gives.
    func now() async throws -> UInt64 {
        let time = try await redis.execute(RedisCommand("TIME")).array?.first?.int ?? 0
        return UInt64(time) * 1000
    }

    /// Puts an entry into the log, where dead letters are copied from.
    @discardableResult
    func log(_ entry: StreamEntry) async throws -> StreamEntry {
        let fields = entry.fields.pairs.flatMap { [RedisArgument.bytes($0.name), .bytes($0.value)] }
        _ = try await redis.execute(
            RedisCommand("XADD", [.text(keys.log(Self.partition)), .text(entry.id.description)] + fields))
        return entry
    }

    /// The dead letters of the partition.
    func deadLetters() async throws -> [DeadLetter] {
        let key = keys.deadLetters(Self.partition, group: "router")
        let reply = try await redis.execute(RedisCommand("XRANGE", .text(key), "-", "+"))
        return try (reply.array ?? []).map { entry in
            try DeadLetter(fields: StreamFields((entry.array?[1].array ?? []).map { $0.data ?? [] }))
        }
    }

    /// Has the oldest dead letter replayed, and returns the entry of the log that this makes.
    func replay() async throws -> StreamEntry {
        let dead = keys.deadLetters(Self.partition, group: "router")
        let letter = try await redis.entries(dead, "id")[0].id
        let reply = try await redis.execute(
            ReplayDeadLetterScript.command(
                keys: keys, group: "router", stream: .log, partition: Self.partition, letter: letter))
        let id = try #require(try ReplayDeadLetterScript.reply(reply))
        let entries = try await redis.execute(
            RedisCommand("XRANGE", .text(keys.log(Self.partition)), .text(id.description), .text(id.description)))
        let fields = entries.array?.first?.array?[1].array ?? []
        return StreamEntry(id: id, fields: StreamFields(fields.map { $0.data ?? [] }))
    }

    /// The data of the messages in a user's inbox.
    func inbox(_ user: String) async throws -> [String] {
        try await redis.inbox(user, keys).map { String(decoding: $0.data, as: UTF8.self) }
    }

    /// What an edge was told, entry by entry. By register that is all that it was told; otherwise what is for somebody whom it has.
    func told(_ edge: String) async throws -> [EdgeBatch] {
        let own = try await redis.entries(keys.out(edge), "batch").map { $0.value }
        let shared = try await redis.entries(keys.all, "batch").map { $0.value }
        guard way != .register else { return try own.map { try EdgeBatch(decoding: $0) } }
        return try (shared + own).map { try edges.read($0, on: edge).batch }.filter { !$0.items.isEmpty }
    }

    /// What edges answer that were asked for it: whom they were told of and do not have.
    func misses(_ edge: String) async throws -> StreamEntry? {
        let absent = try await redis.asked(keys.out(edge), RouterBench.partition).flatMap {
            try edges.read($0, on: edge).absent
        }
        guard !absent.isEmpty else { return nil }
        return StreamEntry(id: id(1), fields: StreamFields(MissEntry(users: absent, edge: edge).fields))
    }

    static func message(_ at: UInt64, _ conversation: Conversation, from: String, _ data: String) -> StreamEntry {
        entry(at, .message, conversation, from: from, Array(data.utf8))
    }

    static func member(_ at: UInt64, _ group: String, _ json: String) -> StreamEntry {
        entry(at, .member, .group(group), from: "alice", Array(json.utf8))
    }

    static func read(_ at: UInt64, _ conversation: Conversation, from: String, _ upTo: String) -> StreamEntry {
        entry(at, .read, conversation, from: from, Array(upTo.utf8))
    }

    static func canary(_ at: UInt64, _ canary: Canary) -> StreamEntry {
        StreamEntry(id: id(at), fields: StreamFields(canary.entry.fields))
    }

    private static func entry(
        _ at: UInt64, _ kind: LogEntry.Kind, _ conversation: Conversation, from: String, _ data: [UInt8]
    ) -> StreamEntry {
        let entry = LogEntry(kind: kind, conversation: conversation, from: from, device: "phone", n: 1, data: data)
        return StreamEntry(id: id(at), fields: StreamFields(entry.fields))
    }

    static func signal(_ at: UInt64, from: String, to: Destination) -> StreamEntry {
        let entry = SignalEntry(from: from, device: "phone", to: to, data: Array(#""typing""#.utf8))
        return StreamEntry(id: id(at), fields: StreamFields(entry.fields))
    }
}

extension RedisConnection {
    /// The batches of an edge's stream that are to be answered on this partition.
    fileprivate func asked(_ key: String, _ partition: Int) async throws -> [[UInt8]] {
        let reply = try await execute(RedisCommand("XRANGE", .text(key), "-", "+"))
        return (reply.array ?? []).compactMap { entry in
            let fields = StreamFields((entry.array?.last?.array ?? []).map { $0.data ?? [] })
            guard fields.value("answer", at: 1) == Array(String(partition).utf8) else { return nil }
            return fields.value("batch", at: 0)
        }
    }
}
