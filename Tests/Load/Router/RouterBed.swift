import Messaging
import RedisBench
import RedisStreams
import TestStack

/// A Redis, message-routers, and edges that are only streams, with users registered on them.
final class RouterBed: Sendable {
    static let partitions = 16
    static let edges = ["edge-1", "edge-2"]

    let redis: RedisServer
    let routers: [ServiceProcess]
    let link: RedisConnection
    let keys = Keys()
    private let linkRun: Task<Void, any Error>
    private let renewing: Task<Void, any Error>

    private init(_ redis: RedisServer, routers count: Int) throws {
        self.redis = redis
        let url = redis.url
        routers = try (1...count).map { number in
            try ServiceProcess(
                "message-router", name: "router-\(number)",
                environment: [
                    "REDIS_URL": url, "AUTH_JWT_SECRET": "a secret that is only for measuring", "LOG_LEVEL": "info",
                    "PARTITIONS": "\(Self.partitions)",
                ])
        }
        let link = RedisConnection(try redis.configuration, name: "loadtest", logger: quiet)
        self.link = link
        linkRun = Task { try await link.run() }
        let keys = keys
        renewing = Task {
            while true {
                try await Task.sleep(for: .seconds(5))
                try await Self.renew(link, keys, take: false)
            }
        }
    }

    static func start(routers: Int) async throws -> RouterBed {
        let bed = try RouterBed(try await RedisServer.start(), routers: routers)
        try await renew(bed.link, bed.keys, take: true)
        for router in bed.routers { try await router.start(within: .seconds(60)) }
        return bed
    }

    func stop() async throws {
        for router in routers { try await router.stop() }
        renewing.cancel()
        linkRun.cancel()
        _ = try? await linkRun.value
        try await redis.stop()
    }

    static func incarnation(_ edge: Int) -> String { "\(edges[edge]):load" }

    private static func renew(_ link: RedisConnection, _ keys: Keys, take: Bool) async throws {
        for (place, edge) in edges.enumerated() {
            let record = EdgeRecord(
                incarnation: incarnation(place), url: "", sessions: 0, draining: false, since: 0, expires: 0)
            _ = try RenewEdgeScript.reply(
                await link.execute(
                    RenewEdgeScript.command(keys: keys, edge: edge, record: record, lease: .seconds(60), take: take)))
        }
    }

    /// Registers a session of each user, by turns on the one edge and on the other.
    func register(_ users: [String]) async throws {
        var commands: [RedisCommand] = []
        for (number, user) in users.enumerated() {
            commands.append(
                RegisterScript.command(
                    keys: keys, user: user, session: "\(user)-1", incarnation: Self.incarnation(number % 2),
                    device: "load", cursor: nil, claimed: nil, fromStart: false, issuedAt: 0))
        }
        try await execute(commands)
    }

    /// Makes a group, by the log as message-router does.
    func make(group: String, members: [String]) async throws {
        let list = members.map { "\"\($0)\"" }.joined(separator: ",")
        let change = "{\"operation\":\"replace\",\"name\":\"\(group)\",\"members\":[\(list)]}"
        try await execute([
            append(
                LogEntry(
                    kind: .member, conversation: .group(group), from: members[0], device: "", n: 0,
                    data: Array(change.utf8)))
        ])
    }

    func append(_ entry: LogEntry) -> RedisCommand {
        .append(
            to: keys.log(Partition.of(entry.conversation.description, count: Self.partitions)), fields: entry.fields)
    }

    func execute(_ commands: [RedisCommand]) async throws {
        var rest = commands[...]
        while !rest.isEmpty {
            for result in await link.execute(Array(rest.prefix(500))) { _ = try result.get() }
            rest = rest.dropFirst(500)
        }
    }

    func processes() async -> [(name: String, pid: Int32)] {
        var processes: [(name: String, pid: Int32)] = []
        for router in routers {
            if let pid = await router.pid { processes.append((router.name, pid)) }
        }
        if let pid = await redis.pid { processes.append(("redis", pid)) }
        return processes
    }

    /// Commands that Redis has executed so far, those within scripts included.
    func commands() async throws -> Double { try await RedisCalls(redis: redis).commands() }
}
