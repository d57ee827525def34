/// An entry of a user's inbox: one message for that user, or what became of one, with the id of the inbox entry before it. Its own id is the cursor.
///
/// Stream fields in this order: `prev`, `message` (see ``message(id:conversation:from:device:data:)``); then, where they apply, `attachments`, `change`.
/// Entries of an earlier version have `id`, `conversation`, `from`, `device` and `data` in the place of `message`.
public struct InboxEntry: Hashable, Sendable {
    /// The id of the inbox entry before this one, `0-0` for the first. A reader whose cursor is below it has missed something.
    public var previous: MessageID
    /// The message's id; that of the change, where this is one.
    public var id: MessageID
    /// The conversation's id, as text: it goes to clients unread.
    public var conversation: String
    public var from: String
    /// The device that sent it, which does not get it back; empty for REST.
    public var device: String
    /// The client's JSON, untouched.
    public var data: [UInt8]
    /// The message's attachments as JSON, empty for none.
    public var attachments: [UInt8]
    /// What became of an earlier message; nil for a message.
    public var change: MessageChange?

    /// An entry of its parts.
    public init(
        previous: MessageID, id: MessageID, conversation: String, from: String, device: String, data: [UInt8],
        attachments: [UInt8] = [], change: MessageChange? = nil
    ) {
        self.previous = previous
        self.id = id
        self.conversation = conversation
        self.from = from
        self.device = device
        self.data = data
        self.attachments = attachments
        self.change = change
    }

    /// Reads a stream entry's fields.
    /// - Throws: ``MessagingError`` `badEntry`, naming the field.
    public init(fields: StreamFields) throws(MessagingError) {
        guard let previous = MessageID(try fields.text("prev", at: 0)) else {
            throw MessagingError(.badEntry, "the inbox entry's field 'prev' is no id")
        }
        let attachments = fields.optional("attachments", from: 2) ?? []
        let change = fields.optional("change", from: 2).map { MessageChange(String(decoding: $0, as: UTF8.self)) }
        if let message = fields.value("message", at: 1) {
            try self.init(previous: previous, message: message, attachments: attachments, change: change)
            return
        }
        guard let id = MessageID(try fields.text("id", at: 1)) else {
            throw MessagingError(.badEntry, "the inbox entry's field 'id' is no id")
        }
        guard let data = fields.value("data", at: 5) else {
            throw MessagingError(.badEntry, "the inbox entry's field 'data' is missing")
        }
        self.init(
            previous: previous, id: id, conversation: try fields.text("conversation", at: 2),
            from: try fields.text("from", at: 3), device: try fields.text("device", at: 4), data: data,
            attachments: attachments, change: change)
    }
}
