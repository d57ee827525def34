import Messaging

/// Which topics a rule or a grant is about: one by its id (`news`), those whose ids begin with a prefix (`news.*`), or all (`*`).
public struct TopicPattern: Hashable, Sendable {
    /// The form in words, for error messages.
    public static let rule = "a topic's id, a prefix and *, or * alone; an id is \(Identifier.rule)"

    private let text: String
    private let isPrefix: Bool

    /// Reads a pattern; nil when it is none.
    public init?(_ text: some StringProtocol) {
        isPrefix = text.last == "*"
        let name = isPrefix ? String(text.dropLast()) : String(text)
        guard isPrefix && name.isEmpty || Identifier.isValid(name) else { return nil }
        self.text = name
    }

    /// How well it fits a topic: the more of the id it names the better, and the whole id best. Nil when it is not about it.
    public func fit(_ topic: String) -> Int? {
        if !isPrefix { return topic == text ? .max : nil }
        return topic.utf8.starts(with: text.utf8) ? text.utf8.count : nil
    }
}

extension TopicPattern: CustomStringConvertible {
    public var description: String { isPrefix ? text + "*" : text }
}
