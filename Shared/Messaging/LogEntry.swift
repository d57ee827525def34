/// An entry of the log: a message, the wish to change one and what became of that, a membership change of a group, a read mark, or a canary. Its id is
/// its place in the log.
///
/// Stream fields, always in this order so that Redis stores their names once a node:
/// `type`, `conversation`, `from` (user), `device` (empty for REST), `n` (0 for REST), `data`; then, where they apply, `attachments`, `message`, `change`,
/// `code`, `admin`, `alone`.
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
        /// `from` wants the message ``Change/message`` to say `data`. History decides, and says so by one of the next.
        case edit
        /// `from` wants that message to be no more.
        case delete
        /// The message says `data` now, because `from` wanted it so.
        case edited
        /// The message is no more, because `from` wanted it so.
        case deleted
        /// It stays as it was: `data` says why, as text, to the device that asked.
        case refused
        /// What Redis keeps of the user `from` is to go, as far as this partition is concerned; `data` is the time (ms): tokens issued before it are
        /// refused. For message-router; there is one in each partition.
        case erase

        /// All of them, for error messages.
        static let all = "message, member, read, canary, edit, delete, edited, deleted, refused, erase"
    }

    /// Which message is to be changed, or was, or was not.
    public struct Change: Hashable, Sendable {
        /// The message.
        public var message: MessageID
        /// With an outcome: the id of the entry that asked for it, by which the change is known to everybody.
        public var id: MessageID?
        /// With a refusal: what is wrong.
        public var code: ErrorCode?
        /// With a wish: whether whoever asks may change everybody's messages.
        public var isAdmin: Bool

        /// A change of its parts.
        public init(message: MessageID, id: MessageID? = nil, code: ErrorCode? = nil, isAdmin: Bool = false) {
            self.message = message
            self.id = id
            self.code = code
            self.isAdmin = isAdmin
        }
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
    /// A message's attachments as JSON, see ``Attachment/list(_:in:)``; empty for none.
    public var attachments: [UInt8]
    /// Of the kinds `edit`, `delete`, `edited`, `deleted` and `refused`.
    public var change: Change?
    /// Whether a message's user had no other device than ``device`` when it was accepted: then nobody is to find it in the user's own inbox.
    public var isAlone = false

    /// An entry of its parts.
    public init(
        kind: Kind, conversation: Conversation, from: String, device: String, n: UInt64, data: [UInt8],
        attachments: [UInt8] = [], change: Change? = nil
    ) {
        self.kind = kind
        self.conversation = conversation
        self.from = from
        self.device = device
        self.n = n
        self.data = data
        self.attachments = attachments
        self.change = change
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        let type = try fields.text("type", at: 0)
        guard let kind = Kind(rawValue: type) else {
            throw MessagingError(.badEntry, "the log entry's field 'type' is none of \(Kind.all)")
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
            data: data, attachments: fields.optional("attachments", from: 6) ?? [],
            change: try Self.change(kind, fields))
        isAlone = fields.optional("alone", from: 6) != nil
    }

    private static func change(_ kind: Kind, _ fields: StreamFields) throws(MessagingError) -> Change? {
        switch kind {
        case .message, .member, .read, .canary, .erase: return nil
        case .edit, .delete, .edited, .deleted, .refused: break
        }
        guard let message = fields.optional("message", from: 6).flatMap({ MessageID(utf8: $0) }) else {
            throw MessagingError(.badEntry, "the log entry's field 'message' is no message id")
        }
        var change = Change(message: message)
        if kind == .edit || kind == .delete {
            change.isAdmin = fields.optional("admin", from: 7).map { $0 == [UInt8(ascii: "1")] } ?? false
            return change
        }
        change.id = fields.optional("change", from: 7).flatMap { MessageID(utf8: $0) }
        guard change.id != nil else {
            throw MessagingError(.badEntry, "the log entry's field 'change' is no entry's id")
        }
        if kind == .refused {
            // A code of a later version is one all the same.
            let code = fields.optional("code", from: 8).map { String(decoding: $0, as: UTF8.self) }
            change.code = code.flatMap { ErrorCode(rawValue: $0) } ?? .forbidden
        }
        return change
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
        ] + moreFields
    }

    /// The fields behind `data`, which most entries do not have: name, value …
    public var moreFields: [[UInt8]] {
        var fields: [[UInt8]] = []
        func add(_ name: String, _ value: [UInt8]) { fields += [Array(name.utf8), value] }
        if !attachments.isEmpty { add("attachments", attachments) }
        if isAlone { add("alone", [UInt8(ascii: "1")]) }
        guard let change else { return fields }
        add("message", Array(change.message.description.utf8))
        if let id = change.id { add("change", Array(id.description.utf8)) }
        if let code = change.code { add("code", Array(code.rawValue.utf8)) }
        if change.isAdmin { add("admin", [UInt8(ascii: "1")]) }
        return fields
    }
}
