import Foundation
import Messaging
import RedisBench
import RedisStreams
import TestStack

/// A Redis and an edge, and nothing else.
final class EdgeBed: Sendable {
    let redis: RedisServer
    let edge: ServiceProcess
    let port: UInt16
    let link: RedisConnection
    private let secret = "a secret that is only for measuring"
    private let linkRun: Task<Void, any Error>

    static let name = "edge-1"

    private init(_ redis: RedisServer, port: UInt16, threads: Int) throws {
        (self.redis, self.port) = (redis, port)
        edge = try ServiceProcess(
            "ws-edge",
            environment: [
                "REDIS_URL": redis.url, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "info", "PARTITIONS": "16",
                "EDGE_ID": Self.name, "PORT": "\(port)", "EDGE_PUBLIC_URL": "ws://127.0.0.1:\(port)/ws",
                "THREADS": "\(threads)",
                // Canaries come back from routers, of which there is none. What is measured is how fast it is, not how fast it may be asked.
                "CANARY_INTERVAL": "0", "RATE": "1000000", "BURST": "1000000", "HANDSHAKE_RATE": "1000000",
            ])
        let link = RedisConnection(try redis.configuration, name: "loadtest", logger: quiet)
        self.link = link
        linkRun = Task { try await link.run() }
    }

    static func start(threads: Int) async throws -> EdgeBed {
        let redis = try await RedisServer.start()
        let bed = try EdgeBed(redis, port: UInt16(try FreePort.next()), threads: threads)
        try await bed.edge.start(within: .seconds(60))
        return bed
    }

    func stop() async throws {
        try await edge.stop()
        linkRun.cancel()
        _ = try? await linkRun.value
        try await redis.stop()
    }

    func token(_ user: String) throws -> String { try Token(user: user, lifetime: .seconds(6 * 3600)).signed(secret) }

    func processes() async -> [(name: String, pid: Int32)] {
        var processes: [(name: String, pid: Int32)] = []
        if let pid = await edge.pid { processes.append(("edge", pid)) }
        if let pid = await redis.pid { processes.append(("redis", pid)) }
        return processes
    }
}
