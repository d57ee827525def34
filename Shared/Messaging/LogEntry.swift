/// An entry of the log: a message, a membership change of a group, a read mark, or a canary. Its id is its place in the log.
///
/// Stream fields, always in this order so that Redis stores their names once a node:
/// `type` (`message`, `member`, `read`, `canary`), `conversation`, `from` (user), `device` (empty for REST), `n` (0 for REST), `data`.
public struct LogEntry: Hashable, Sendable {
    /// What the entry says.
    public enum Kind: String, Sendable {
        /// `data` is the client's JSON, untouched.
        case message
        /// `data` is a ``MembershipChange`` as JSON; `conversation` is the group's.
        case member
        /// `data` is the message id up to which `from` has read.
        case read
        /// A ``Canary``: for no user, and never stored as a message.
        case canary
    }

    public var kind: Kind
    public var conversation: Conversation
    /// The user who sent, changed or read.
    public var from: String
    /// The device it was sent from; empty when it came over REST.
    public var device: String
    /// The device's counter; 0 when it came over REST.
    public var n: UInt64
    public var data: [UInt8]

    /// An entry of its parts.
    public init(kind: Kind, conversation: Conversation, from: String, device: String, n: UInt64, data: [UInt8]) {
        self.kind = kind
        self.conversation = conversation
        self.from = from
        self.device = device
        self.n = n
        self.data = data
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        let type = try fields.text("type", at: 0)
        guard let kind = Kind(rawValue: type) else {
            throw MessagingError(.badEntry, "the log entry's field 'type' is none of message, member, read, canary")
        }
        let text = try fields.text("conversation", at: 1)
        guard let conversation = Conversation(text) else {
            throw MessagingError(.badEntry, "the log entry's field 'conversation' is no conversation id")
        }
        let from = try fields.text("from", at: 2)
        guard Identifier.isValid(from) else {
            throw MessagingError(.badEntry, "the log entry's field 'from' is no user id")
        }
        guard let n = UInt64(try fields.text("n", at: 4)) else {
            throw MessagingError(.badEntry, "the log entry's field 'n' is no counter")
        }
        guard let data = fields.value("data", at: 5) else {
            throw MessagingError(.badEntry, "the log entry's field 'data' is missing")
        }
        self.init(
            kind: kind, conversation: conversation, from: from, device: try fields.text("device", at: 3), n: n,
            data: data)
    }

    /// The fields for XADD: name, value, name, value …
    public var fields: [[UInt8]] {
        [
            Array("type".utf8), Array(kind.rawValue.utf8),
            Array("conversation".utf8), Array(conversation.description.utf8),
            Array("from".utf8), Array(from.utf8),
            Array("device".utf8), Array(device.utf8),
            Array("n".utf8), Array(String(n).utf8),
            Array("data".utf8), data,
        ]
    }
}
