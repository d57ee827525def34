public import Messaging

/// Appends a message to a user's inbox and says where the user's sessions are, if that is asked.
///
/// `Scripts/deliver.lua`; keys: the user's inbox, sessions and marks (one slot). Atomic, because appending and looking up must be one step
/// against ``RegisterScript``: then a message is either in what a new session reads, or routed to it. A partition is read in order, so
/// the mark (the last message id of the partition that was delivered to the user) tells a repeat: anything not newer appends nothing.
public enum DeliverScript {
    /// What goes into the inbox, besides the message's id.
    public struct Entry: Hashable, Sendable {
        public var conversation: String
        public var from: String
        public var device: String
        public var data: [UInt8]
        /// The message's attachments as JSON, empty for none.
        public var attachments: [UInt8]
        /// What became of an earlier message; nil for a message.
        public var change: MessageChange?

        /// An entry of its parts.
        public init(
            conversation: String, from: String, device: String, data: [UInt8], attachments: [UInt8] = [],
            change: MessageChange? = nil
        ) {
            self.conversation = conversation
            self.from = from
            self.device = device
            self.data = data
            self.attachments = attachments
            self.change = change
        }

        /// The id that readers are told where it is not `place`, and the fields that most entries do not have.
        func ending(_ original: MessageID?, place: MessageID) -> [RedisArgument] {
            let more = moreFields
            if let original, original != place { return [original.argument] + more }
            return more.isEmpty ? [] : [""] + more
        }

        /// The fields that most entries do not have, by name and value.
        var moreFields: [RedisArgument] {
            var arguments: [RedisArgument] = []
            if !attachments.isEmpty { arguments += ["attachments", .bytes(attachments)] as [RedisArgument] }
            if let change { arguments += ["change", .text(change.description)] as [RedisArgument] }
            return arguments
        }
    }

    /// What became of it.
    public enum Reply: Hashable, Sendable {
        /// It is in the inbox: its id there, and the id of the entry before.
        case appended(cursor: MessageID, previous: MessageID, Whereabouts)
        /// It had been delivered before: the last id of the inbox.
        case known(last: MessageID, Whereabouts)
        /// The mark is moved, and nothing was to be appended.
        case moved
        /// What was to be delivered before it has not been: it must come first.
        case outOfOrder

        /// Where the user's sessions are; nil where nobody is to be told.
        public var whereabouts: Whereabouts? {
            switch self {
            case .appended(_, _, let whereabouts), .known(_, let whereabouts): whereabouts
            case .moved, .outOfOrder: nil
            }
        }
    }

    /// The call.
    /// - Parameters:
    ///   - message: the message's id, on `partition`.
    ///   - original: the id that the message has for its readers, when `message` is that of a replay, or the id of a change.
    ///   - after: the id of the last message of this partition that was sent to this user's inbox in the same unanswered unit, or `0-0`.
    ///   - entry: what to append; nil moves the mark only.
    ///   - capacity: entries that the inbox keeps at least. It is cut with one entry in ten, and by whole nodes of the stream (4 KiB, or 100 entries).
    ///   - retention: how long an inbox is kept after the last entry.
    ///   - question: what is to be said of the user's sessions; the same goes to ``reply(_:asked:)``.
    public static func command(
        keys: Keys, user: String, partition: Int, message: MessageID, original: MessageID? = nil, after: MessageID,
        entry: Entry?, capacity: Int = 1000, retention: Duration = .seconds(7 * 86_400),
        asking question: Whereabouts.Question = .sessions
    ) -> RedisCommand {
        var arguments: [RedisArgument] = []
        arguments.reserveCapacity(7)
        arguments += [
            .integer(Int64(partition)), message.argument, after.argument,
            entry == nil ? "mark" : .text(question.rawValue),
            .integer(Int64(capacity)), retention.argument,
        ]
        if let entry {
            arguments.append(
                .bytes(
                    InboxEntry.message(
                        id: original ?? message, conversation: entry.conversation, from: entry.from,
                        device: entry.device, data: entry.data)))
            if !entry.attachments.isEmpty || entry.change != nil { arguments += entry.moreFields }
        }
        return RedisCommand(
            script: .deliver, keys: [keys.inbox(user), keys.sessions(user), keys.marks(user)], arguments: arguments)
    }

    /// Reads the reply.
    public static func reply(
        _ value: RedisValue, asked question: Whereabouts.Question = .sessions
    ) throws(RedisError) -> Reply {
        var words = try value.words("deliver")
        switch words.next() {
        case "appended":
            return .appended(
                cursor: try words.id(), previous: try words.id(), Whereabouts(words.rest, asked: question))
        case "known":
            return .known(last: try words.id(), Whereabouts(words.rest, asked: question))
        case "moved": return .moved
        case "order": return .outOfOrder
        default: throw .unexpectedReply("deliver")
        }
    }
}
