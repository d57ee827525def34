public import Messaging

/// Appends a message to the log of a feed, and says which edges are to be told.
///
/// `Scripts/deliver_feed.lua`; keys: the feed's log, head and edges (one slot). Atomic, because appending and looking up must be one step against ``ReadFeedScript``:
/// then a message is either in what a new listener reads, or told to its edge. A feed lives in one partition, which is read in order, so its head tells a repeat.
public enum DeliverFeedScript {
    /// What a log keeps.
    public struct Retention: Hashable, Sendable {
        /// So many entries; 0: none, and only the head remembers.
        public var count: Int
        /// None that is older.
        public var age: Duration

        /// A retention of its parts.
        public init(count: Int, age: Duration) {
            self.count = count
            self.age = age
        }
    }

    /// How long the head of a feed to which nothing more is said is remembered: a listener who comes back after that is told of a gap.
    public static let memory = Duration.seconds(30 * 86_400)

    /// What became of it. Incarnations are distinct, and may be of edges that are dead.
    public enum Reply: Hashable, Sendable {
        /// It is in the log, after this place.
        case appended(previous: MessageID, incarnations: [String])
        /// It had been appended before: the feed's last place.
        case known(last: MessageID, incarnations: [String])
        /// The head is moved, and nothing was to be appended.
        case moved
        /// What was to be appended before it has not been: it must come first.
        case outOfOrder
    }

    /// The call.
    /// - Parameters:
    ///   - place: the entry's id in the log of the feed's partition.
    ///   - original: the id that the message has for its readers, when `place` is that of a replay.
    ///   - after: the place of the last entry of the feed in the same unanswered unit, or `0-0`.
    ///   - entry: what to append; nil moves the head only, past a message that is put aside.
    public static func command(
        keys: Keys, feed: Feed, place: MessageID, original: MessageID? = nil, after: MessageID,
        entry: DeliverScript.Entry?, retention: Retention = Retention(count: 1000, age: .seconds(86_400))
    ) -> RedisCommand {
        var arguments: [RedisArgument] = [
            place.argument, after.argument, entry == nil ? "mark" : "message", .integer(Int64(retention.count)),
            max(.milliseconds(1), retention.age).argument, max(memory, retention.age * 2).argument,
        ]
        if let entry {
            arguments += [.text(entry.from), .text(entry.device), .bytes(entry.data)]
            arguments += entry.ending(original, place: place)
        }
        return RedisCommand(
            script: .deliverFeed, keys: [keys.feedLog(feed), keys.feedHead(feed), keys.feedEdges(feed)],
            arguments: arguments)
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let parts = try value.elements("deliver_feed")
        switch parts[0].string {
        case "appended" where parts.count >= 2:
            return .appended(
                previous: try parts[1].id("deliver_feed"), incarnations: parts[2...].compactMap(\.string))
        case "known" where parts.count >= 2:
            return .known(last: try parts[1].id("deliver_feed"), incarnations: parts[2...].compactMap(\.string))
        case "moved": return .moved
        case "order": return .outOfOrder
        default: throw .unexpectedReply("deliver_feed")
        }
    }
}
