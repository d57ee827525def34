import Logging
import Messaging
import RESTContract
import RedisStreams
import TestStack
import Testing

/// A history with a Redis and a Postgres of its own, and entries put into the log as edges and routers put them.
final class HistoryBench: Sendable {
    static let partitions = 16

    let redis: RedisServer
    let postgres: PostgresServer
    let history: ServiceProcess
    let keys = Keys()
    private let secret = "a secret of tests that is long enough"
    private let log: RedisConnection
    private let logRun: Task<Void, any Error>

    init(redis: RedisServer, postgres: PostgresServer, _ environment: [String: String]) throws {
        self.redis = redis
        self.postgres = postgres
        let common = [
            "REDIS_URL": redis.url, "DATABASE_URL": postgres.url, "AUTH_JWT_SECRET": secret, "LOG_LEVEL": "debug",
        ]
        history = try ServiceProcess("history", environment: common.merging(environment) { $1 })
        let log = RedisConnection(
            try RedisConfiguration(url: redis.url), name: "test",
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        self.log = log
        logRun = Task { try await log.run() }
    }

    /// Starts Redis and Postgres, and history unless told not to.
    /// - Parameter disk: the size in MiB of a disk for the tables; nil: they are where all of Postgres is.
    static func start(
        startsHistory: Bool = true, disk: Int? = nil, _ environment: [String: String] = [:]
    ) async throws -> HistoryBench {
        async let redis = RedisServer.start()
        async let postgres = PostgresServer.start(disk: disk)
        if disk != nil { try await postgres.tablespaceForAll() }
        let bench = try await HistoryBench(redis: redis, postgres: postgres, environment)
        if startsHistory { try await bench.history.start() }
        return bench
    }

    /// One that many tests share; each uses users and conversations of its own.
    static let shared = Task { try await HistoryBench.start(["REST_RATE": "10000"]) }

    func stop() async throws {
        try await history.stop()
        logRun.cancel()
        _ = try? await logRun.value
        try await redis.stop()
        try await postgres.stop()
    }

    /// The ids of entries appended to the log, in one go.
    @discardableResult
    func append(_ entries: [LogEntry]) async throws -> [MessageID] {
        let commands = entries.map { entry in
            RedisCommand.append(to: keys.log(partition(entry.conversation)), fields: entry.fields)
        }
        return try await log.execute(commands).map { try MessageID($0.get().string ?? "")! }
    }

    @discardableResult
    func append(
        _ kind: LogEntry.Kind, _ conversation: String, from: String, data: String
    ) async throws -> MessageID {
        try await append([
            LogEntry(
                kind: kind, conversation: Conversation(conversation)!, from: from, device: "phone", n: 1,
                data: Array(data.utf8))
        ])[0]
    }

    @discardableResult
    func append(_ conversation: String, from: String, data: String) async throws -> MessageID {
        try await append(.message, conversation, from: from, data: data)
    }

    /// Appends an entry under an id of one's own, behind all that are there.
    func append(_ entry: LogEntry, id: MessageID) async throws {
        let arguments: [RedisArgument] = [.text(keys.log(partition(entry.conversation))), .text(id.description)]
        _ = try await log.execute(RedisCommand("XADD", arguments + entry.fields.map { .bytes($0) }))
    }

    func appendRaw(_ fields: [String], partition: Int) async throws -> MessageID {
        let reply = try await log.execute(.append(to: keys.log(partition), fields: fields.map { Array($0.utf8) }))
        return MessageID(reply.string ?? "")!
    }

    /// Has a dead letter replayed.
    func replay(_ letter: MessageID, partition: Int) async throws {
        _ = try await log.execute(
            ReplayDeadLetterScript.command(
                keys: keys, group: "history", stream: .log, partition: partition, letter: letter))
    }

    func command(_ name: String, _ arguments: RedisArgument...) async throws -> RedisValue {
        try await log.execute(RedisCommand(name, arguments))
    }

    func partition(_ conversation: Conversation) -> Int {
        Partition.of(conversation.description, count: Self.partitions)
    }

    /// Waits until all that is in the log is stored, or put aside.
    func settle(within limit: Duration = .seconds(30)) async throws {
        try await eventually("history has read the whole log\n\(await history.tail())", within: limit) {
            for partition in 0..<Self.partitions {
                let last = try await command("XREVRANGE", .text(keys.log(partition)), "+", "-", "COUNT", "1")
                guard let id = last.array?.first?.array?.first?.string.flatMap({ MessageID($0) }) else { continue }
                let position = try await command("HGET", .text(keys.position(partition, group: "history")), "id")
                guard let position = position.string.flatMap({ MessageID($0) }), position >= id else { return false }
            }
            return true
        }
    }

    /// Waits until all that is in the log is stored, and its words are indexed.
    func settleIndex() async throws {
        try await settle()
        try await eventually("the words are indexed\n\(await history.tail())", within: .seconds(60)) {
            let rows = try await postgres.sql(
                """
                select not exists (select from history.messages m where (m.ms, m.seq) > (s.ms, s.seq))
                    and not exists (select from history.stale_words) from history.search_index s
                """)
            return rows == ["t"]
        }
    }

    func token(_ user: String) throws -> String { try Token(user: user).signed(secret) }

    /// A GET, by nobody unless a user is named. Whatever is answered has to be as docs/openapi.yaml says.
    func get(
        _ path: String, as user: String? = nil, scopes: [String] = [], headers: [String: String] = [:],
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPClient.Answer {
        try await request("GET", path, as: user, scopes: scopes, headers: headers, sourceLocation: sourceLocation)
    }

    /// The same with another method, or a body.
    func request(
        _ method: String, _ path: String, as user: String? = nil, scopes: [String] = [],
        headers: [String: String] = [:], body: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> HTTPClient.Answer {
        let token = try user.map { try Token(user: $0, scopes: scopes).signed(secret) }
        let answer = try await HTTPClient.request(
            method, history.url + path, token: token, headers: headers, body: body, within: .seconds(60))
        for violation in try Contract.shared.get().violations(method, path, answer) {
            Issue.record(
                "\(method) \(path): \(violation)\n\(answer.status) \(answer.text)", sourceLocation: sourceLocation)
        }
        return answer
    }
}
