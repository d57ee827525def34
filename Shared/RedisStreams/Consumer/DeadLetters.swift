public import Logging
public import Messaging

/// Puts aside entries that can never be handled, so that they do not block what comes after them.
///
/// `Scripts/dead_letter.lua`; keys: the partition's stream and its dead letters (one slot), `{p:<n>}:dead:<group>`. Atomic, because looking whether it is there and copying it must be one
/// step: a batch may come again. The copy has the entry's id and fields, and a field `reason` before them. About 100,000 are kept for a partition; past that the oldest go.
public struct DeadLetters: Sendable {
    static let length: Int64 = 100_000

    private let group: String
    private let stream: ConsumerConfiguration.Stream
    private let redis: RedisConnection
    private let keys: Keys
    private let logger: Logger

    /// The dead letters of a group of services that reads `stream`.
    public init(
        group: String, stream: ConsumerConfiguration.Stream, redis: RedisConnection, keys: Keys, logger: Logger
    ) {
        self.group = group
        self.stream = stream
        self.redis = redis
        self.keys = keys
        self.logger = logger
    }

    /// Puts an entry aside; harmless to repeat.
    /// - Returns: whether it was put there now, and not before.
    /// - Throws: ``RedisError`` when that failed: the entry must come again.
    @discardableResult
    public func put(_ id: MessageID, partition: Int, reason: String) async throws(RedisError) -> Bool {
        let key = keys.deadLetters(partition, group: group)
        let reply = try await redis.execute(
            RedisCommand(
                script: .deadLetter, keys: [stream.key(partition, keys), key],
                arguments: [id.argument, .text(reason), .integer(Self.length)]))
        guard try reply.number("dead_letter") == 1 else { return false }
        logger.error(
            "an entry cannot be handled and is put aside",
            metadata: ["partition": "\(partition)", "id": "\(id)", "reason": "\(reason)", "stream": "\(key)"])
        return true
    }
}
