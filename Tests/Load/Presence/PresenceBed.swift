import Messaging
import RedisBench
import RedisStreams
import TestStack

/// A Redis and presences, and edges that are only what they write there.
final class PresenceBed: Sendable {
    let redis: RedisServer
    let presences: [ServiceProcess]
    let link: RedisConnection
    private let secret = "a secret that is only for measuring"
    private let linkRun: Task<Void, any Error>

    private init(_ redis: RedisServer, presences count: Int, grace: Duration) throws {
        self.redis = redis
        let (url, secret) = (redis.url, secret)
        presences = try (1...count).map { number in
            try ServiceProcess(
                "presence", name: "presence-\(number)",
                environment: [
                    "REDIS_URL": url, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "info", "PARTITIONS": "16",
                    "GRACE": "\(Int(grace / .milliseconds(1)))ms", "TRANSITIONS_LIMIT": "10000000",
                    // What is measured is how fast it answers, and not how fast it may be asked.
                    "REST_RATE": "0",
                ])
        }
        let link = RedisConnection(try redis.configuration, name: "loadtest", logger: quiet)
        self.link = link
        linkRun = Task { try await link.run() }
    }

    static func start(presences: Int, grace: Duration) async throws -> PresenceBed {
        let bed = try PresenceBed(try await RedisServer.start(), presences: presences, grace: grace)
        for presence in bed.presences { try await presence.start(within: .seconds(60)) }
        return bed
    }

    func stop() async throws {
        for presence in presences { try await presence.stop() }
        linkRun.cancel()
        _ = try? await linkRun.value
        try await redis.stop()
    }

    func token(_ user: String) throws -> String { try Token(user: user, lifetime: .seconds(6 * 3600)).signed(secret) }

    func processes() async -> [(name: String, pid: Int32)] {
        var processes: [(name: String, pid: Int32)] = []
        for presence in presences {
            if let pid = await presence.pid { processes.append((presence.name, pid)) }
        }
        if let pid = await redis.pid { processes.append(("redis", pid)) }
        return processes
    }
}
