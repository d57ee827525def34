import TestStack

/// A value of YAML within one line.
struct YAMLFlow {
    private var rest: Substring
    /// Within braces or brackets a comma ends a plain scalar.
    private let isNested: Bool

    init(_ text: Substring, isNested: Bool) {
        rest = text
        self.isNested = isNested
    }

    var isAtEnd: Bool { rest.allSatisfy { $0 == " " } }

    /// The next value; nil when there is none that can be read.
    mutating func value() -> JSONValue? {
        skipBlanks()
        switch rest.first {
        case "{": return map()
        case "[": return list()
        case "\"", "'": return quoted().map { .string($0) }
        default: return plain().map(Self.typed)
        }
    }

    private mutating func map() -> JSONValue? {
        var members: [String: JSONValue] = [:]
        rest.removeFirst()
        skipBlanks()
        while rest.first != "}" {
            let isQuoted = rest.first == "\"" || rest.first == "'"
            guard let key = isQuoted ? quoted() : plain(endsAtColon: true), rest.first == ":" else { return nil }
            rest.removeFirst()
            guard members[key] == nil, let value = value() else { return nil }
            members[key] = value
            guard separator(before: "}") else { return nil }
        }
        rest.removeFirst()
        return .object(members)
    }

    private mutating func list() -> JSONValue? {
        var items: [JSONValue] = []
        rest.removeFirst()
        skipBlanks()
        while rest.first != "]" {
            guard let value = value() else { return nil }
            items.append(value)
            guard separator(before: "]") else { return nil }
        }
        rest.removeFirst()
        return .array(items)
    }

    private mutating func separator(before end: Character) -> Bool {
        skipBlanks()
        if rest.first == "," {
            rest.removeFirst()
            skipBlanks()
            return rest.first != end
        }
        return rest.first == end
    }

    private mutating func quoted() -> String? {
        let quote = rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            if character == quote { return text }
            if character == "\\", quote == "\"" { return nil }
            text.append(character)
        }
        return nil
    }

    private mutating func plain(endsAtColon: Bool = false) -> String? {
        let ends: Set<Character> = isNested ? [",", "}", "]", "{", "["] : []
        let text = rest.prefix { !ends.contains($0) && !(endsAtColon && $0 == ":") }
        rest = rest[text.endIndex...]
        let trimmed = String(text.reversed().drop { $0 == " " }.reversed())
        return trimmed.isEmpty || (isNested && trimmed.contains(": ")) ? nil : trimmed
    }

    private mutating func skipBlanks() { rest = rest.drop { $0 == " " } }

    private static func typed(_ text: String) -> JSONValue {
        switch text {
        case "null": .null
        case "true": .bool(true)
        case "false": .bool(false)
        default: Double(text).map { .number($0) } ?? .string(text)
        }
    }
}
