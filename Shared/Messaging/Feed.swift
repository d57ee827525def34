/// A conversation that has a log of its own, which its listeners are told of, instead of entries in the inboxes of those whom it is for: a topic, or a group
/// while it is large.
public struct Feed: Hashable, Sendable {
    /// The topic that everybody hears; `to: "all"` sends to it.
    public static let all = Feed(topic: "all")

    /// The topic, or the group.
    public let conversation: Conversation
    /// What stands in the hash tag of its keys.
    let tag: String

    /// The feed of a topic.
    public init(topic: String) {
        conversation = .topic(topic)
        tag = "t:\(topic)"
    }

    /// The feed of a group, which it has while it is large.
    public init(group: String) {
        conversation = .group(group)
        tag = "g:\(group)"
    }

    /// The feed that a conversation has, or of a group, may have; nil for one that never has any.
    public init?(_ conversation: Conversation) {
        switch conversation.kind {
        case .topic(let id): self.init(topic: id)
        case .group(let id): self.init(group: id)
        case .direct: return nil
        }
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

    /// The group's id, if it is one: then only members may hear it.
    public var group: String? { conversation.groupID }
}

extension Feed: CustomStringConvertible {
    public var description: String { conversation.description }
}
