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
    public init?(_ text: some StringProtocol) { self.init(String(text)) }

    /// Reads a conversation id; nil unless its ids are valid and, for `dm:`, sorted.
    public init?(_ text: String) {
        guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        let rest = text[text.utf8.index(after: colon)...]
        switch text[..<colon] {
        case "dm":
            guard let middle = rest.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
            let one = rest[..<middle]
            let other = rest[rest.utf8.index(after: middle)...]
            guard Identifier.isValid(one), Identifier.isValid(other),
                !other.utf8.lexicographicallyPrecedes(one.utf8)
            else { return nil }
            kind = .direct(String(one), String(other))
        case "group":
            guard Identifier.isValid(rest) else { return nil }
            kind = .group(String(rest))
        case "topic":
            guard Identifier.isValid(rest) else { return nil }
            kind = .topic(String(rest))
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
