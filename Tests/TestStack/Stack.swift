import Synchronization

/// A whole installation on free ports: Redis, Postgres, edges, message-routers, presences and histories.
///
/// ```swift
/// let stack = try await Stack.start()
/// let alice = try await stack.connect("alice", edge: 0)
/// let bob = try await stack.connect("bob", edge: 1)
/// try await alice.send("user:bob", "hello")
/// try await bob.message("hello")
/// try await stack.stop()
/// ```
package final class Stack: Sendable {
    /// What to start, and how.
    package struct Plan: Sendable {
        package var edges = 2
        package var routers = 1
        package var presences = 1
        package var histories = 1
        /// How routers find the edges of recipients: `register`, `ring` or `broadcast`; nil for what they do by default.
        package var routing: String?
        /// Settings for every service.
        package var environment: [String: String] = [:]
        /// Settings for one program, by its name; they win.
        package var environments: [String: [String: String]] = [:]
        /// Programs that are not started.
        package var without: Set<String> = []
        package var postgres: PostgresServer.Authentication = .scram
        /// Whether all settings of Postgres are as it ships, for measuring: `fsync` on above all.
        package var postgresIsDurable = false
        /// Names of services, such as `edge-1`, that reach Redis through a ``LinkProxy``.
        package var links: Set<String> = []
        /// More arguments for redis-server; they win.
        package var redis: [String] = []
        /// The size of Redis' own disk in MiB; nil for a folder of the machine's.
        package var redisDisk: Int?
        /// Whether Redis has a replica, and Sentinels to put it in Redis' place when that dies.
        package var hasSentinels = false

        /// Two edges and everything else as it is by default.
        package init() {}

        /// The same with changes.
        package init(_ change: (inout Plan) -> Void) { change(&self) }
    }

    /// The services that are part of it now.
    private struct Members {
        var byKind: [ServiceKind: [ServiceProcess]] = [:]
        /// How many of a kind there ever were: names are not given twice.
        var counts: [ServiceKind: Int] = [:]
        var links: [String: LinkProxy] = [:]
        /// Name and log of each service there ever was.
        var logs: [(String, String)] = []
    }

    /// The secret that tokens are signed with.
    package let secret: String
    package let redis: RedisServer
    package let postgres: PostgresServer
    /// The Sentinels and the replica, where the plan has them.
    package let sentinels: RedisSentinels?
    package var edges: [ServiceProcess] { all(.edge) }
    package var routers: [ServiceProcess] { all(.router) }
    package var presences: [ServiceProcess] { all(.presence) }
    package var histories: [ServiceProcess] { all(.history) }
    /// The first message-router.
    package var router: ServiceProcess { routers[0] }
    /// The first presence.
    package var presence: ServiceProcess { presences[0] }
    /// The first history.
    package var history: ServiceProcess { histories[0] }

    /// All services that are started, edges first.
    package var services: [ServiceProcess] {
        ServiceKind.allCases.flatMap(all).filter { !plan.without.contains($0.program) }
    }

    private let plan: Plan
    private let members = Mutex(Members())

    private init(_ plan: Plan, redis: RedisServer, postgres: PostgresServer, sentinels: RedisSentinels?) {
        self.redis = redis
        self.postgres = postgres
        self.sentinels = sentinels
        self.plan = plan
        secret = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    /// Starts everything and waits until every service is ready.
    /// - Throws: ``TestStackError`` with the end of the log of what did not start.
    package static func start(_ plan: Plan = Plan()) async throws -> Stack {
        async let redis = RedisServer.start(settings: plan.redis, disk: plan.redisDisk)
        async let postgres = PostgresServer.start(authentication: plan.postgres, isDurable: plan.postgresIsDurable)
        let sentinels = plan.hasSentinels ? try await RedisSentinels.start(master: redis) : nil
        let stack = try await Stack(plan, redis: redis, postgres: postgres, sentinels: sentinels)
        // Histories first: routers are told where one is.
        for (kind, count) in [
            (ServiceKind.history, plan.histories), (.edge, plan.edges), (.router, plan.routers),
            (.presence, plan.presences),
        ] {
            for _ in 0..<count { _ = try await stack.make(kind) }
        }
        try await withThrowingTaskGroup { group in
            for service in stack.services { group.addTask { try await service.start() } }
            try await group.waitForAll()
        }
        return stack
    }

    /// Ends everything, the services in an orderly way first.
    package func stop() async throws {
        try await withThrowingTaskGroup { group in
            for service in services { group.addTask { try await service.stop() } }
            try await group.waitForAll()
        }
        for link in members.withLock({ Array($0.links.values) }) { try await link.stop() }
        try await sentinels?.stop()
        try await redis.stop()
        try await postgres.stop()
    }

    // Scaling

    /// Starts one more service of a kind and waits until it is ready.
    @discardableResult
    package func add(_ kind: ServiceKind) async throws -> ServiceProcess {
        let service = try await make(kind)
        try await service.start()
        return service
    }

    /// Stops a service in order and takes it out.
    /// - Parameter limit: when it is killed after all.
    /// - Returns: its exit code, or minus the signal's number.
    @discardableResult
    package func remove(_ service: ServiceProcess, within limit: Duration = .seconds(60)) async throws -> Int32? {
        let code = try await service.stop(within: limit)
        members.withLock { members in
            for kind in ServiceKind.allCases { members.byKind[kind]?.removeAll { $0 === service } }
        }
        return code
    }

    /// The link between a service and Redis.
    /// - Throws: ``TestStackError`` when the plan has none for it.
    package func link(_ service: String) throws -> LinkProxy {
        guard let link = members.withLock({ $0.links[service] }) else {
            throw TestStackError(.process, "\(service) has no link of its own: name it in the plan's links")
        }
        return link
    }

    /// The services of a kind that are part of it now.
    package func all(_ kind: ServiceKind) -> [ServiceProcess] { members.withLock { $0.byKind[kind] ?? [] } }

    private func make(_ kind: ServiceKind) async throws -> ServiceProcess {
        let number = members.withLock { members in
            members.counts[kind, default: 0] += 1
            return members.counts[kind, default: 0]
        }
        let name = kind.name(number)
        var environment = ["REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "info", "PARTITIONS": "16"]
        // Tests ask faster than one user may, and what they do with a group of any size they do as its members.
        if kind != .edge { environment["REST_RATE"] = "0" }
        if kind == .router { environment["GROUP_LIMIT"] = "100000" }
        if let sentinels { environment.merge(sentinels.environment) { $1 } }
        if plan.links.contains(name) {
            let link = try await LinkProxy.start(to: redis.port)
            members.withLock { $0.links[name] = link }
            environment["REDIS_URL"] = "redis://127.0.0.1:\(link.port)"
        }
        if kind == .history { environment["DATABASE_URL"] = postgres.url }
        // Whom canaries do not come back from is not waited for.
        if kind == .router, !plan.without.contains("history") { environment["HISTORY_URL"] = all(.history).first?.url }
        if kind == .router, let routing = plan.routing {
            environment["ROUTING"] = routing
            // The ring of an installation that has just been started is a new one; else it would not be used for a minute.
            environment["RING_SETTLE"] = "1s"
        }
        if kind == .edge, plan.without.contains("message-router") { environment["CANARY_INTERVAL"] = "0" }
        if kind == .edge {
            let port = try FreePort.next()
            environment["EDGE_ID"] = name
            environment["PORT"] = "\(port)"
            environment["EDGE_PUBLIC_URL"] = "ws://127.0.0.1:\(port)/ws"
            environment["DEMO"] = "true"
        }
        environment.merge(plan.environment) { $1 }
        environment.merge(plan.environments[kind.program] ?? [:]) { $1 }
        let service = try ServiceProcess(kind.program, name: name, environment: environment)
        members.withLock { members in
            members.byKind[kind, default: []].append(service)
            members.logs.append((name, service.log))
        }
        return service
    }

    // Beside it

    /// Names and log files of all that ever ran in it.
    package var logs: [(name: String, path: String)] {
        let second = sentinels.map { [("redis-2", $0.second.log)] } ?? []
        return members.withLock { $0.logs } + [("redis", redis.log), ("postgres", postgres.log)] + second
    }

    /// A token for a user.
    package func token(
        _ user: String, scopes: [String] = [], lifetime: Duration = .seconds(3600)
    ) throws -> String {
        try Token(user: user, scopes: scopes, lifetime: lifetime).signed(secret)
    }

    /// The last log lines of every service, for the message of a failed test.
    package func tails(_ lines: Int = 15) async -> String {
        var text = ""
        for service in services { text += await service.tail(lines) + "\n" }
        return text
    }
}
