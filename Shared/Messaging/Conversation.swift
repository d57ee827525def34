/// What messages are ordered in: `dm:<a>:<b>` (the two user ids, sorted bytewise), `group:<id>` or `topic:<id>`.
public struct Conversation: Hashable, Sendable {
    /// What kind of conversation it is, with the ids it is made of.
    public enum Kind: Hashable, Sendable {
        case direct(String, String)
        case group(String)
        case topic(String)
    }

    /// The kind. The two users of a direct conversation are in bytewise order.
    public let kind: Kind

    /// The conversation of two users, in either order. With oneself it is a notebook.
    public static func direct(_ one: String, _ other: String) -> Conversation {
        one.utf8.lexicographicallyPrecedes(other.utf8)
            ? Conversation(kind: .direct(one, other)) : Conversation(kind: .direct(other, one))
    }

    /// The conversation of a group.
    public static func group(_ id: String) -> Conversation { Conversation(kind: .group(id)) }

    /// The conversation of a topic.
    public static func topic(_ id: String) -> Conversation { Conversation(kind: .topic(id)) }

    private init(kind: Kind) { self.kind = kind }

    /// Reads a conversation id; nil unless its ids are valid and, for `dm:`, sorted.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
        switch (parts.first, parts.count) {
        case ("dm", 3):
            guard Identifier.isValid(parts[1]), Identifier.isValid(parts[2]),
                !parts[2].utf8.lexicographicallyPrecedes(parts[1].utf8)
            else { return nil }
            kind = .direct(String(parts[1]), String(parts[2]))
        case ("group", 2):
            guard Identifier.isValid(parts[1]) else { return nil }
            kind = .group(String(parts[1]))
        case ("topic", 2):
            guard Identifier.isValid(parts[1]) else { return nil }
            kind = .topic(String(parts[1]))
        default: return nil
        }
    }

    /// The users of a direct conversation, each once; nil for groups and topics, whose members are kept elsewhere.
    public var directUsers: [String]? {
        guard case .direct(let one, let other) = kind else { return nil }
        return one == other ? [one] : [one, other]
    }

    /// The group's id, if it is a group.
    public var groupID: String? {
        guard case .group(let id) = kind else { return nil }
        return id
    }
}

extension Conversation: CustomStringConvertible {
    public var description: String {
        switch kind {
        case .direct(let one, let other): "dm:\(one):\(other)"
        case .group(let id): "group:\(id)"
        case .topic(let id): "topic:\(id)"
        }
    }
}
