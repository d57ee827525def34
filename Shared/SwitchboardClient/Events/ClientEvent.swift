import FoundationEssentials
public import Messaging

/// What a client tells its application.
public enum ClientEvent: Hashable, Sendable {
    /// Where the session is. Of several that were not taken in time only the last is told.
    case state(ConnectionState)
    /// A message, once, in the order of its conversation.
    case message(Message)
    /// A message says something else now, or is no more. Of several changes of one message the one with the highest ``MessageChanged/change`` holds.
    case changed(MessageChanged)
    /// An edit or a deletion that had been accepted came to nothing.
    case changeRefused(n: UInt64, conversation: String, id: MessageID, ClientError)
    /// Typing and the like. Left out when the application is behind.
    case signal(Signal)
    /// `user` has read `conversation` up to `id`. Left out when the application is behind.
    case read(conversation: String, user: String, id: MessageID)
    /// What is seen of a user who is watched.
    case presence(Presence)
    /// From here on what is said in the topic comes; `after` is the place, for ``SwitchboardClient/subscribe(_:from:)`` another time.
    case subscribed(topic: String, after: MessageID?)
    /// The topic is not heard, and not asked for again.
    case topicRefused(topic: String, ClientError)
    /// These users are not watched, and not asked for again.
    case watchRefused(users: [String], ClientError)
    /// The inbox (nil), or the log of a conversation, no longer reached back. What is missing follows as ``message(_:)``, from history; edits of older messages do not.
    case gap(conversation: String?, after: MessageID, reason: String)
    /// An error that belongs to nothing that is waited for.
    case problem(ClientError)
}

/// What became of an earlier message.
public struct MessageChanged: Hashable, Sendable {
    public var id: MessageID
    public var conversation: String
    /// Who did it.
    public var from: String
    /// Milliseconds since the Unix epoch.
    public var at: Int64
    /// What it is known by: the id of the `accepted`.
    public var change: MessageID
    /// What it says now, as JSON; nil when it was deleted.
    public var json: [UInt8]?

    /// What it says now, read as `Value`; nil when it was deleted.
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value? {
        try json.map { try JSONDecoder().decode(type, from: Data($0)) }
    }

    init?(_ fields: FrameFields) {
        guard let id = fields.id, let conversation = fields.conversation, let change = fields.change else { return nil }
        self.id = id
        self.conversation = conversation
        from = fields.from ?? ""
        at = fields.at ?? Int64(clamping: change.milliseconds)
        self.change = change
        json = fields.type == "deleted" ? nil : fields.data
    }
}

/// Something said to who is there now, and kept nowhere.
public struct Signal: Hashable, Sendable {
    public var from: String
    public var to: String
    /// The sender's JSON.
    public var json: [UInt8]

    /// The data read as `Value`.
    /// - Throws: `DecodingError`.
    public func decode<Value: Decodable>(_ type: Value.Type = Value.self) throws -> Value {
        try JSONDecoder().decode(type, from: Data(json))
    }
}

/// What is seen of a user.
public struct Presence: Hashable, Sendable {
    public var user: String
    public var isOnline: Bool
    /// Since when, in milliseconds since the Unix epoch; 0 for a user never seen.
    public var at: Int64
    /// `away`, or `invisible` to oneself.
    public var state: String?
    /// The user's own words.
    public var text: String?
}
