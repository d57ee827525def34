import Foundation

/// A replica of a Redis and three Sentinels that put it in its master's place when that is gone.
package final class RedisSentinels: Sendable {
    /// What the Sentinels call the master.
    package static let masterName = "switchboard"

    /// The Redis that was the master at first.
    package let first: RedisServer
    /// The Redis that was the replica at first.
    package let second: RedisServer
    private let sentinels: [RedisSentinel]

    private init(first: RedisServer, second: RedisServer, sentinels: [RedisSentinel]) {
        self.first = first
        self.second = second
        self.sentinels = sentinels
    }

    /// Starts a replica and three Sentinels for a Redis, and waits until they know each other and the replica has everything.
    package static func start(master: RedisServer) async throws -> RedisSentinels {
        let replica = try await RedisServer.start(settings: ["--replicaof", "127.0.0.1", "\(master.port)"])
        try await eventually("the replica has all its master has", within: .seconds(60)) {
            try await replica.cli("INFO", "replication").contains("master_link_status:up")
        }
        var sentinels: [RedisSentinel] = []
        for _ in 0..<3 { sentinels.append(try await RedisSentinel.start(masterName, of: master)) }
        for sentinel in sentinels {
            try await eventually("the Sentinels know each other and the replica", within: .seconds(60)) {
                let info = try await sentinel.cli("SENTINEL", "MASTER", masterName).split(separator: "\n")
                func field(_ name: Substring) -> Substring? {
                    info.firstIndex(of: name).flatMap { $0 + 1 < info.endIndex ? info[$0 + 1] : nil }
                }
                return field("num-slaves") == "1" && field("num-other-sentinels") == "2"
            }
        }
        return RedisSentinels(first: master, second: replica, sentinels: sentinels)
    }

    /// The services' settings that name them.
    package var environment: [String: String] {
        [
            "REDIS_SENTINELS": sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ","),
            "REDIS_SENTINEL_MASTER": Self.masterName,
        ]
    }

    /// Who the master is now, as the first Sentinel says.
    package func master() async throws -> RedisServer {
        let answer = try await sentinels[0].cli("SENTINEL", "GET-MASTER-ADDR-BY-NAME", Self.masterName)
        return answer.split(separator: "\n").last.map(String.init) == "\(second.port)" ? second : first
    }

    /// Ends the Sentinels and the replica.
    package func stop() async throws {
        for sentinel in sentinels { try await sentinel.stop() }
        try await second.stop()
    }
}
