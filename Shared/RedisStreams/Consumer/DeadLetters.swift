public import Logging
public import Messaging

/// Puts aside entries that cannot be handled, so that they do not block what comes after them.
///
/// `Scripts/dead_letter.lua`; keys: the partition's stream, its dead letters `{p:<n>}:dead:<group>`, what has been put aside beyond the position, and the position
/// (one slot). Atomic, because looking whether it is settled and copying it must be one step: a batch may come again, or to another owner. About 100,000 are kept for a partition; past
/// that the oldest go.
public struct DeadLetters: Sendable {
    /// An entry to put aside.
    public struct Item: Hashable, Sendable {
        /// Its id in the stream.
        public var id: MessageID
        public var kind: DeadLetter.Class
        /// Why, in one sentence without payload.
        public var reason: String
        public var tries: Int
        /// For whom alone it could not be handled; empty: as a whole.
        public var users: [String]

        /// An item of its parts.
        public init(id: MessageID, kind: DeadLetter.Class, reason: String, tries: Int = 1, users: [String] = []) {
            self.id = id
            self.kind = kind
            self.reason = reason
            self.tries = tries
            self.users = users
        }
    }

    /// What has been put aside of an entry that is not committed yet.
    public enum Settled: Hashable, Sendable {
        case whole
        case users(Set<String>)
    }

    /// How many are kept for a partition, about.
    public static let limit = 100_000
    private static let longestReason = 500

    private let group: String
    private let stream: ConsumerConfiguration.Stream
    private let redis: RedisConnection
    private let keys: Keys
    private let logger: Logger
    private let onPut: @Sendable (DeadLetter.Class) -> Void

    /// The dead letters of a group of services that reads `stream`. `onPut` is told of each that is new.
    public init(
        group: String, stream: ConsumerConfiguration.Stream, redis: RedisConnection, keys: Keys, logger: Logger,
        onPut: @escaping @Sendable (DeadLetter.Class) -> Void = { _ in }
    ) {
        self.group = group
        self.stream = stream
        self.redis = redis
        self.keys = keys
        self.logger = logger
        self.onPut = onPut
    }

    /// Puts entries aside; harmless to repeat until the position has passed them. `timeline` is that of the entries, see ``PartitionBatch``.
    /// - Throws: ``RedisError`` when that failed for some: they must come again. It is always an outage, see ``RedisError/isOutage``: what cannot be put
    ///   aside must not be given up.
    public func put(
        _ items: [Item], partition: Int, on timeline: String? = nil
    ) async throws(RedisError) {
        guard !items.isEmpty else { return }
        let key = keys.deadLetters(partition, group: group)
        let replies = await redis.execute(items.map { command($0, partition: partition) }, on: timeline)
        var new: [Item] = []
        var failure: RedisError?
        for (item, reply) in zip(items, replies) {
            do throws(RedisError) {
                guard try reply.get().number("dead_letter") == 1 else { continue }
                new.append(item)
                onPut(item.kind)
            } catch {
                failure = failure ?? error
            }
        }
        log(new, partition: partition, key)
        if let failure {
            throw failure.concerningAll("dead letters cannot be written; rename \(key) if it is no stream")
        }
    }

    /// What has been put aside already of these entries, by those who had them before: they are not to be handled once more.
    /// - Throws: ``RedisError`` when that cannot be said; always an outage.
    public func settled(
        _ ids: [MessageID], partition: Int, on timeline: String? = nil
    ) async throws(RedisError) -> [MessageID: Settled] {
        guard !ids.isEmpty else { return [:] }
        let key = keys.putAside(partition, group: group)
        do throws(RedisError) {
            let values = try await redis.execute(
                RedisCommand("HMGET", [.text(key)] + ids.map(\.argument)), on: timeline
            )
            .elements("HMGET", atLeast: ids.count)
            var settled: [MessageID: Settled] = [:]
            for (id, value) in zip(ids, values) {
                guard let text = value.string else { continue }
                settled[id] = text == "*" ? .whole : .users(Set(text.split(separator: " ").map(String.init)))
            }
            return settled
        } catch {
            throw error.concerningAll("cannot say what was put aside; rename \(key) if it is no hash")
        }
    }

    private func command(_ item: Item, partition: Int) -> RedisCommand {
        RedisCommand(
            script: .deadLetter,
            keys: [
                stream.key(partition, keys), keys.deadLetters(partition, group: group),
                keys.putAside(partition, group: group), keys.position(partition, group: group),
            ],
            arguments: [
                .integer(Int64(Self.limit)), item.id.argument, .text(item.kind.rawValue),
                .text(String(item.reason.prefix(Self.longestReason))), .integer(Int64(item.tries)),
                .text(item.users.joined(separator: " ")),
            ])
    }

    /// One line for all that were put aside at the same time for the same reason: a user whose every message fails must not fill the log.
    private func log(_ items: [Item], partition: Int, _ key: String) {
        for (reason, items) in Dictionary(grouping: items, by: \.reason) {
            let users = Set(items.lazy.flatMap(\.users)).sorted()
            var metadata: Logger.Metadata = [
                "partition": "\(partition)", "id": "\(items[0].id)", "reason": "\(reason)", "stream": "\(key)",
                "class": "\(items[0].kind.rawValue)", "tries": "\(items[0].tries)",
            ]
            if items.count > 1 { metadata["to"] = "\(items[items.count - 1].id)" }
            if !users.isEmpty {
                metadata["users"] = "\(users.prefix(10).joined(separator: " "))\(users.count > 10 ? " …" : "")"
            }
            logger.error(
                items.count == 1
                    ? "an entry cannot be handled and is put aside"
                    : "\(items.count) entries cannot be handled and are put aside", metadata: metadata)
        }
    }
}
