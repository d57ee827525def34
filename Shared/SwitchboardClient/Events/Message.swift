import FoundationEssentials
public import Messaging

/// A message, as it came live or from history.
public struct Message: Hashable, Sendable {
    /// Its id: within a conversation the order in which everyone sees the messages.
    public var id: MessageID
    /// `dm:<a>:<b>`, `group:<id>` or `topic:<id>`.
    public var conversation: String
    /// The user who sent it.
    public var from: String
    /// Milliseconds since the Unix epoch.
    public var at: Int64
    /// The sender's JSON, byte for byte; `null` where it was deleted.
    public var json: [UInt8]
    /// The attachments' JSON, an array; empty for none.
    public var attachmentsJSON: [UInt8]
    /// Its place in the inbox; nil for topics, large groups and what history told.
    public var cursor: MessageID?
    /// When it was last edited, if it was and history told it.
    public var edited: Int64?
    /// When it was deleted, if it was and history told it.
    public var deleted: Int64?

    /// The data read as `Value`.
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json))
    }

    /// The files that it comes with.
    public var attachments: [MessageAttachment] {
        (try? JSONDecoder().decode([MessageAttachment].self, from: Data(attachmentsJSON))) ?? []
    }

    /// Of the members of a frame or of a page; nil when one is missing that every message has.
    init?(_ fields: FrameFields) {
        guard let id = fields.id, let conversation = fields.conversation, let from = fields.from else { return nil }
        self.id = id
        self.conversation = conversation
        self.from = from
        at = fields.at ?? Int64(clamping: id.milliseconds)
        json = fields.data
        attachmentsJSON = fields.attachments
        cursor = fields.cursor
        edited = fields.edited
        deleted = fields.deleted
    }
}

/// A file that a message comes with; where it is kept is the application's.
public struct MessageAttachment: Hashable, Sendable, Codable {
    /// `http:` or `https:`.
    public var url: String
    /// Its media type.
    public var type: String
    /// In bytes.
    public var size: Int64
    public var name: String

    /// An attachment of its parts.
    public init(url: String, type: String, size: Int64, name: String) {
        self.url = url
        self.type = type
        self.size = size
        self.name = name
    }
}
