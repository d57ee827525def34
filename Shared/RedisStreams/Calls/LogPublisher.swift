public import Messaging

/// Appends single entries to the log, for who has one now and then. ws-edge, which has thousands a second, calls ``PublishScript`` itself.
public struct LogPublisher: Sendable {
    private let redis: RedisConnection
    private let keys: Keys
    /// How many partitions the log has.
    public let partitions: Int
    private let limit: Int

    /// A publisher. `limit`: entries of a partition from which on it is full.
    public init(redis: RedisConnection, keys: Keys, partitions: Int, limit: Int) {
        self.redis = redis
        self.keys = keys
        self.partitions = partitions
        self.limit = limit
    }

    /// The partition that a conversation's entries are in.
    public func partition(of conversation: Conversation) -> Int {
        Partition.of(conversation.description, count: partitions)
    }

    /// Appends an entry to a partition, that of its conversation unless another is named.
    ///
    /// Returns its id, or the first one if it is a repeat; nil when the log is full and nothing was appended.
    /// - Throws: ``RedisError``. With `timedOut`, `disconnected` and `NOREPLICAS` it is not known whether it was appended.
    public func publish(
        _ entry: LogEntry, _ deduplication: PublishScript.Deduplication = .none, partition: Int? = nil
    ) async throws(RedisError) -> MessageID? {
        let command = PublishScript.command(
            keys: keys, partition: partition ?? self.partition(of: entry.conversation), entry: entry,
            deduplication: deduplication, limit: limit)
        switch try PublishScript.reply(await redis.execute(command)) {
        case .accepted(let id), .duplicate(let id): return id
        case .busy, .outdated: return nil
        }
    }
}
