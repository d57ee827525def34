public import Messaging

/// Up to where some device of a user has what was said in a conversation.
///
/// `Scripts/received.lua`; keys: the user's inbox, devices and marks (one slot). Atomic, because what the inbox holds behind a cursor and up to where it has
/// been filled have to be of one moment. It changes nothing. A device that began anew counts as having what was said before.
public enum ReceivedScript {
    /// How far that is.
    public enum Reply: Hashable, Sendable {
        /// Everything up to this id, which may be another conversation's.
        case through(MessageID)
        /// Everything before this message of the conversation.
        case before(MessageID)
        /// No device has been there lately, or it is too far behind to tell.
        case unknown
    }

    /// How many entries of an inbox are looked through: it costs Redis some microseconds, whatever waits there.
    private static let depth: Int64 = 20

    /// The call; `partition` is the conversation's.
    public static func command(keys: Keys, user: String, conversation: String, partition: Int) -> RedisCommand {
        RedisCommand(
            script: .received, keys: [keys.inbox(user), keys.devices(user), keys.marks(user)],
            arguments: [.text(conversation), .text("\(partition)"), .integer(depth)])
    }

    /// The reply.
    public static func reply(_ value: RedisValue) throws(RedisError) -> Reply {
        let elements = try value.elements("received")
        switch try elements[0].text("received") {
        case "unknown": return .unknown
        case "through" where elements.count == 2: return .through(try elements[1].id("received"))
        case "before" where elements.count == 2: return .before(try elements[1].id("received"))
        default: throw .unexpectedReply("received")
        }
    }
}
