/// A conversation that has a log of its own, which its listeners are told of, instead of entries in the inboxes of those whom it is for: a topic.
public struct Feed: Hashable, Sendable {
    /// The topic that everybody hears; `to: "all"` sends to it.
    public static let all = Feed(topic: "all")

    /// What it is in the conversation's id: `topic:<id>`.
    public let conversation: Conversation
    /// What stands in the hash tag of its keys.
    let tag: String

    /// The feed of a topic.
    public init(topic: String) {
        conversation = .topic(topic)
        tag = "t:\(topic)"
    }

    /// The feed of a conversation; nil for one whose messages go to inboxes.
    public init?(_ conversation: Conversation) {
        guard case .topic(let id) = conversation.kind else { return nil }
        self.init(topic: id)
    }

    /// The feed of the conversation with this id.
    public init?(_ text: some StringProtocol) {
        guard let conversation = Conversation(text) else { return nil }
        self.init(conversation)
    }

    /// The topic's id, if it is one.
    public var topic: String? {
        guard case .topic(let id) = conversation.kind else { return nil }
        return id
    }
}

extension Feed: CustomStringConvertible {
    public var description: String { conversation.description }
}
