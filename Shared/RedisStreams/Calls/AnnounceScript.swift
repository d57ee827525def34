public import Messaging

/// Tells presence that a session begins or has ended, unless the events that wait for it are at their high-water mark.
///
/// `Scripts/announce.lua`; key: the session events of the user's partition. Atomic, so that many edges cannot pass the mark together.
public enum AnnounceScript {
    /// What became of it.
    public enum Reply: String, Sendable {
        case announced
        /// Nothing was appended: presence has to catch up first.
        case full
    }

    /// The call. `limit`: entries of the stream from which on it is full.
    public static func command(keys: Keys, partition: Int, event: SessionEvent, limit: Int) -> RedisCommand {
        RedisCommand(
            script: .announce, keys: [keys.sessionEvents(partition)],
            arguments: [.integer(Int64(limit))] + event.fields.map { .bytes($0) })
    }

    /// Reads the reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        guard let reply = value.string.flatMap({ Reply(rawValue: $0) }) else { throw .unexpectedReply("announce") }
        return reply
    }
}
