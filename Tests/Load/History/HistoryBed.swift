import Messaging
import RedisBench
import RedisStreams
import TestStack

/// A history to be measured, with a Redis of its own and a Postgres that is its own too, or somebody's.
final class HistoryBed: Sendable {
    static let partitions = 16

    let redis: RedisServer
    /// The Postgres, if it is one of our own.
    let postgres: PostgresServer?
    let databaseURL: String
    let history: ServiceProcess
    let log: RedisConnection
    let keys = Keys()
    private let secret = "a secret that is only for measuring"
    private let logRun: Task<Void, any Error>

    private init(redis: RedisServer, postgres: PostgresServer?, databaseURL: String, writers: Int) throws {
        (self.redis, self.postgres, self.databaseURL) = (redis, postgres, databaseURL)
        history = try ServiceProcess(
            "history",
            environment: [
                "REDIS_URL": redis.url, "DATABASE_URL": databaseURL, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "info",
                "PARTITIONS": "\(Self.partitions)", "DATABASE_WRITERS": "\(writers)",
                // What is measured is how fast it answers, and not how fast it may be asked.
                "REST_RATE": "0",
            ])
        let log = RedisConnection(try redis.configuration, name: "loadtest", logger: quiet)
        self.log = log
        logRun = Task { try await log.run() }
    }

    /// Starts all three, and waits until the schema is there and history answers.
    /// - Parameter folder: where the data of a Postgres of its own stay; nil for nowhere.
    static func start(databaseURL: String?, folder: String? = nil, writers: Int) async throws -> HistoryBed {
        let redis = try await RedisServer.start()
        let postgres = try await databaseURL == nil ? PostgresServer.start(isDurable: true, folder: folder) : nil
        let url = databaseURL ?? postgres!.url
        let bed = try HistoryBed(redis: redis, postgres: postgres, databaseURL: url, writers: writers)
        try await bed.history.start(within: .seconds(120))
        return bed
    }

    func stop() async throws {
        try await history.stop()
        logRun.cancel()
        _ = try? await logRun.value
        try await redis.stop()
        try await postgres?.stop()
    }

    func psql() throws -> Psql { try Psql(url: databaseURL) }

    func token(_ user: String) throws -> String { try Token(user: user, lifetime: .seconds(6 * 3600)).signed(secret) }

    func partition(_ conversation: String) -> Int { Partition.of(conversation, count: Self.partitions) }

    /// How far history is behind: entries of the log that are not stored, by when the oldest was accepted.
    struct Lag: Sendable {
        /// For how long the oldest entry that is not stored has been in the log; 0 when all are.
        var milliseconds: Int64 = 0
        /// Whether nothing is left.
        var isDone: Bool { milliseconds == 0 }
    }

    /// Looks at Redis' clock, each partition's position, and the entry behind it. The position is written up to 50 ms after the rows
    /// are in Postgres, so this is never too little.
    func lag() async throws -> Lag {
        var commands: [RedisCommand] = []
        for partition in 0..<Self.partitions {
            commands.append(RedisCommand("HGET", .text(keys.position(partition, group: "history")), "id"))
        }
        let positions = try await log.execute(commands).map { try $0.get().string ?? "0-0" }
        commands = positions.enumerated().map { partition, position in
            RedisCommand("XRANGE", .text(keys.log(partition)), .text("(\(position)"), "+", "COUNT", "1")
        }
        commands.append(RedisCommand("TIME"))
        let replies = try await log.execute(commands).map { try $0.get() }
        let time = replies[Self.partitions].array ?? []
        let now = (time.first?.int ?? 0) * 1000 + (time.last?.int ?? 0) / 1000
        var lag = Lag()
        for reply in replies.prefix(Self.partitions) {
            guard let id = reply.array?.first?.array?.first?.string.flatMap({ MessageID($0) }) else { continue }
            lag.milliseconds = max(lag.milliseconds, 1, now - Int64(id.milliseconds))
        }
        return lag
    }

    /// How many entries of the log have been stored, ever.
    func entriesStored() async throws -> Int64 {
        let commands = (0..<Self.partitions).map { partition in
            RedisCommand("HGET", .text(keys.position(partition, group: "history")), "read")
        }
        return try await log.execute(commands).reduce(0) { try $0 + ($1.get().int ?? 0) }
    }

    /// Waits until all that is in the log is stored. The limit is for a history that is stuck.
    func settle() async throws {
        try await eventually("history has stored the whole log\n\(await history.tail(5))", within: .seconds(900)) {
            try await lag().isDone
        }
    }
}
