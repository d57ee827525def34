/// A whole installation on free ports: Redis, Postgres, edges, message-router, presence and history.
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
        /// Settings for every service.
        package var environment: [String: String] = [:]
        /// Settings for one program, by its name; they win.
        package var environments: [String: [String: String]] = [:]
        /// Programs that are not started.
        package var without: Set<String> = []
        package var postgres: PostgresServer.Authentication = .scram

        /// Two edges and everything else as it is by default.
        package init() {}

        /// The same with changes.
        package init(_ change: (inout Plan) -> Void) { change(&self) }
    }

    /// The secret that tokens are signed with.
    package let secret: String
    package let redis: RedisServer
    package let postgres: PostgresServer
    package let edges: [ServiceProcess]
    package let router: ServiceProcess
    package let presence: ServiceProcess
    package let history: ServiceProcess

    /// All services, edges first.
    package var services: [ServiceProcess] {
        (edges + [router, presence, history]).filter { !without.contains($0.program) }
    }

    private let without: Set<String>

    private init(_ plan: Plan, redis: RedisServer, postgres: PostgresServer) throws {
        self.redis = redis
        self.postgres = postgres
        without = plan.without
        secret = (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
        let common = [
            "REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "info", "PARTITIONS": "16",
        ].merging(plan.environment) { $1 }
        func service(_ program: String, name: String? = nil, _ own: [String: String] = [:]) throws -> ServiceProcess {
            let environment = common.merging(own) { $1 }.merging(plan.environments[program] ?? [:]) { $1 }
            return try ServiceProcess(program, name: name, environment: environment)
        }
        edges = try (1...plan.edges).map { number in
            let port = try FreePort.next()
            return try service(
                "ws-edge", name: "edge-\(number)",
                [
                    "EDGE_ID": "edge-\(number)", "PORT": "\(port)",
                    "EDGE_PUBLIC_URL": "ws://127.0.0.1:\(port)/ws", "DEMO": "true",
                ])
        }
        router = try service("message-router")
        presence = try service("presence")
        history = try service("history", ["DATABASE_URL": postgres.url])
    }

    /// Starts everything and waits until every service is ready.
    /// - Throws: ``TestStackError`` with the end of the log of what did not start.
    package static func start(_ plan: Plan = Plan()) async throws -> Stack {
        async let redis = RedisServer.start()
        async let postgres = PostgresServer.start(authentication: plan.postgres)
        let stack = try await Stack(plan, redis: redis, postgres: postgres)
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
        try await redis.stop()
        try await postgres.stop()
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
