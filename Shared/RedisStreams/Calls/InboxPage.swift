public import Messaging

/// Reads a user's inbox from a cursor on: XRANGE. Source: https://redis.io/docs/latest/commands/xrange/
public enum InboxPage {
    /// An inbox entry and its id.
    public struct Item: Hashable, Sendable {
        public var cursor: MessageID
        public var entry: InboxEntry

        /// An item of its parts.
        public init(cursor: MessageID, entry: InboxEntry) {
            self.cursor = cursor
            self.entry = entry
        }
    }

    /// The call: at most `count` entries after `cursor`.
    public static func command(keys: Keys, user: String, after cursor: MessageID, count: Int) -> RedisCommand {
        RedisCommand("XRANGE", .text(keys.inbox(user)), .text("(\(cursor)"), "+", "COUNT", .integer(Int64(count)))
    }

    /// The entries, oldest first. Something was missed when the first one's `previous` is after the cursor asked for.
    public static func reply(_ value: RedisValue) throws(RedisError) -> [Item] {
        var items: [Item] = []
        for entry in try StreamEntry.entries(value) {
            guard let inboxEntry = try? InboxEntry(fields: entry.fields) else { throw .unexpectedReply("XRANGE inbox") }
            items.append(Item(cursor: entry.id, entry: inboxEntry))
        }
        return items
    }
}
