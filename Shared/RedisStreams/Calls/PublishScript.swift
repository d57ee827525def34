public import Messaging

/// Appends an entry to the log of a partition: the moment from which a message is not lost.
///
/// `Scripts/publish.lua`; keys: the partition's log and what tells repeats apart (one slot), and the sender's devices, which are only looked at.
/// Atomic, because looking for a repeat, looking at the
/// high-water mark, appending and remembering must be one step: two tries of one message may arrive over two links.
public enum PublishScript {
    /// How a repeat is told.
    public enum Deduplication: Hashable, Sendable {
        /// It is not: for what is harmless twice.
        case none
        /// By the device's counter: of a device on the partition the 64 to 96 highest are kept, for 24 h at least.
        case counter
        /// By an `Idempotency-Key` of the user, kept for 24 h. It counts for entries of one kind in one conversation, and for changes of one message: were it to
        /// count for more, a deletion with the key of an edit would come to nothing and be answered as done.
        case idempotencyKey(String)
    }

    /// What became of it.
    public enum Reply: Hashable, Sendable {
        /// It is in the log, with this id.
        case accepted(MessageID)
        /// It has been in the log since before, with this id.
        case duplicate(MessageID)
        /// The log is at its high-water mark: nothing was appended.
        case busy
        /// The counter is lower than all that are kept, so it cannot be told whether it is a repeat: nothing was appended.
        case outdated
    }

    /// The call. `limit`: entries of the log from which on it is full.
    public static func command(
        keys: Keys, partition: Int, entry: LogEntry, deduplication: Deduplication, limit: Int
    ) -> RedisCommand {
        let (mode, key): (RedisArgument, String) =
            switch deduplication {
            case .none: ("none", keys.sent(partition, user: entry.from, device: entry.device))
            case .counter: ("counter", keys.sent(partition, user: entry.from, device: entry.device))
            case .idempotencyKey(let key):
                ("key", keys.idempotency(partition, user: entry.from, asked: asked(entry), key: key))
            }
        var arguments: [RedisArgument] = [
            .integer(Int64(limit)), mode, .text(entry.kind.rawValue), .text(entry.conversation.description),
            .text(entry.from), .text(entry.device), .text(String(entry.n)), .bytes(entry.data),
        ]
        for part in entry.moreFields { arguments.append(.bytes(part)) }
        return RedisCommand(
            script: .publish, keys: [keys.log(partition), key, keys.devices(entry.from)], arguments: arguments)
    }

    /// What an entry is about: its kind, its conversation, and the message that is to be changed.
    private static func asked(_ entry: LogEntry) -> String {
        let asked = "\(entry.kind.rawValue) \(entry.conversation)"
        return entry.change.map { "\(asked) \($0.message)" } ?? asked
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        var words = try value.words("publish")
        switch words.next() {
        case "accepted": return .accepted(try words.id())
        case "duplicate": return .duplicate(try words.id())
        case "busy": return .busy
        case "outdated": return .outdated
        default: throw .unexpectedReply("publish")
        }
    }
}
