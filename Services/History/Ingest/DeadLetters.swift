import Logging
import Messaging
import RedisStreams

/// Entries that can never be stored: copied from the log, as they are, into a stream beside it, with the reason.
///
/// The stream is `{p:<n>}:dead:history`, its entries have the ids that they have in the log. It is never trimmed: an operator looks at it and
/// deletes it.
struct DeadLetters: Sendable {
    private let redis: RedisConnection
    private let keys: Keys
    private let metrics: HistoryMetrics
    private let logger: Logger

    init(redis: RedisConnection, keys: Keys, metrics: HistoryMetrics, logger: Logger) {
        self.redis = redis
        self.keys = keys
        self.metrics = metrics
        self.logger = logger
    }

    static func key(_ keys: Keys, partition: Int) -> String { "\(keys.prefix){p:\(partition)}:dead:history" }

    /// Puts an entry aside; harmless to repeat. Throws when Redis cannot be reached: the entry must come again.
    func put(partition: Int, id: MessageID, reason: String) async throws(RedisError) {
        let text = id.description
        let entry = try await redis.execute(
            RedisCommand("XRANGE", .text(keys.log(partition)), .text(text), .text(text)))
        let fields = entry.array?.first?.array?.last?.array?.compactMap(\.data) ?? []
        let key = Self.key(keys, partition: partition)
        let arguments: [RedisArgument] =
            [.text(key), .text(text), "reason", .text(reason)] + fields.map { .bytes($0) }
        do throws(RedisError) {
            _ = try await redis.execute(RedisCommand("XADD", arguments))
        } catch {
            guard case .server("ERR") = error.code else { throw error }
            // Ids only grow in a stream. It is there already, or a later one is: then it goes to the end under its name.
            let there = try await redis.execute(RedisCommand("XRANGE", .text(key), .text(text), .text(text)))
            if there.array?.isEmpty == false { return }
            _ = try await redis.execute(
                RedisCommand("XADD", [.text(key), "*", "id", .text(text)] + Array(arguments.dropFirst(2))))
        }
        metrics.countDeadLetter()
        logger.error(
            "an entry cannot be stored and is put aside",
            metadata: ["partition": "\(partition)", "id": "\(text)", "reason": "\(reason)", "stream": "\(key)"])
    }
}
