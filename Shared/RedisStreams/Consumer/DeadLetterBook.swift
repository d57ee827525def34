public import Messaging

/// The dead letters of an installation, for an operator: to be read, replayed and dropped.
public struct DeadLetterBook: Sendable {
    /// A dead letter with where it lies.
    public struct Item: Sendable {
        public var group: Group
        public var partition: Int
        /// Its own id: its time is when it was put aside.
        public var id: MessageID
        public var letter: DeadLetter
    }

    /// A group of services that puts entries aside.
    public enum Group: String, Sendable, CaseIterable {
        case router
        case history
        case presence

        var stream: ConsumerConfiguration.Stream {
            switch self {
            case .router, .history: .log
            case .presence: .sessionEvents
            }
        }
    }

    private let redis: RedisConnection
    private let keys: Keys

    /// The dead letters under the prefix of `keys`.
    public init(redis: RedisConnection, keys: Keys) {
        self.redis = redis
        self.keys = keys
    }

    /// The number of partitions of the installation; nil when there is none in this Redis under this prefix.
    /// - Throws: ``RedisError``.
    public func partitions() async throws(RedisError) -> Int? {
        try await redis.execute(RedisCommand("HGET", .text(keys.installation), "partitions")).int.map(Int.init)
    }

    /// The next dead letters of a partition that were put aside after `after`, the oldest first; at most `count`. One that cannot be read is left out.
    /// - Throws: ``RedisError``.
    public func page(
        _ group: Group, partition: Int, after: MessageID, count: Int
    ) async throws(RedisError) -> (items: [Item], last: MessageID?) {
        let key = keys.deadLetters(partition, group: group.rawValue)
        let reply = try await redis.execute(
            RedisCommand("XRANGE", .text(key), .text("(\(after)"), "+", "COUNT", .integer(Int64(count))))
        let entries = try StreamEntry.entries(reply)
        let items = entries.compactMap { entry in
            (try? DeadLetter(fields: entry.fields)).map {
                Item(group: group, partition: partition, id: entry.id, letter: $0)
            }
        }
        return (items, entries.last?.id)
    }

    /// Has it handled again, see ``ReplayDeadLetterScript``. Returns its new place in the stream; nil when it is gone.
    /// - Throws: ``RedisError``.
    public func replay(_ item: Item) async throws(RedisError) -> MessageID? {
        try ReplayDeadLetterScript.reply(
            await redis.execute(
                ReplayDeadLetterScript.command(
                    keys: keys, group: item.group.rawValue, stream: item.group.stream, partition: item.partition,
                    letter: item.id)))
    }

    /// Throws it away. Returns whether it was still there.
    /// - Throws: ``RedisError``.
    public func drop(_ item: Item) async throws(RedisError) -> Bool {
        let key = keys.deadLetters(item.partition, group: item.group.rawValue)
        return try await redis.execute(RedisCommand("XDEL", .text(key), item.id.argument)).int == 1
    }
}
