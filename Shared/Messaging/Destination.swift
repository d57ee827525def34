/// Where a client sends to: the `to` of a `send` or `signal`.
public enum Destination: Hashable, Sendable {
    case user(String)
    case group(String)
    case topic(String)
    case all

    /// The rule in words, for error messages.
    public static let rule = "user:<id>, group:<id>, topic:<id> or all; an id is \(Identifier.rule)"

    /// Reads `user:<id>`, `group:<id>`, `topic:<id>` or `all`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        if text == "all" {
            self = .all
            return
        }
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let id = String(text[text.index(after: colon)...])
        guard Identifier.isValid(id) else { return nil }
        switch text[..<colon] {
        case "user": self = .user(id)
        case "group": self = .group(id)
        case "topic": self = .topic(id)
        default: return nil
        }
    }

    /// Reads the same form from bytes.
    public init?(utf8 bytes: Span<UInt8>) {
        var colon = 0
        while colon < bytes.count, bytes[colon] != UInt8(ascii: ":") { colon += 1 }
        let kind = bytes.extracting(0..<colon)
        guard colon < bytes.count else {
            guard Self.isSame(kind, "all") else { return nil }
            self = .all
            return
        }
        let rest = bytes.extracting(colon + 1..<bytes.count)
        guard Identifier.isValid(rest) else { return nil }
        let id = JSONScanner.text(0..<rest.count, isEscaped: false, in: rest)
        if Self.isSame(kind, "user") {
            self = .user(id)
        } else if Self.isSame(kind, "group") {
            self = .group(id)
        } else if Self.isSame(kind, "topic") {
            self = .topic(id)
        } else {
            return nil
        }
    }

    private static func isSame(_ bytes: Span<UInt8>, _ word: StaticString) -> Bool {
        guard bytes.count == word.utf8CodeUnitCount else { return false }
        for place in bytes.indices where unsafe bytes[place] != word.utf8Start[place] { return false }
        return true
    }

    /// The conversation that a message from `sender` to here belongs to; that of `all` is the topic of this name.
    public func conversation(from sender: String) -> Conversation {
        switch self {
        case .user(let id): .direct(sender, id)
        case .group(let id): .group(id)
        case .topic(let id): .topic(id)
        case .all: Feed.all.conversation
        }
    }
}

extension Destination: CustomStringConvertible {
    public var description: String {
        switch self {
        case .user(let id): "user:\(id)"
        case .group(let id): "group:\(id)"
        case .topic(let id): "topic:\(id)"
        case .all: "all"
        }
    }
}
