package import TestStack

/// Reads the part of YAML that docs/openapi.yaml is written in: maps and lists by indentation or in braces and brackets, quoted and plain
/// scalars, texts after `|` and `>-`. What it does not know it refuses, so that the document stays within it.
package struct YAMLReader {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private struct Line {
        let number: Int
        var indent: Int
        var text: Substring
    }

    private var lines: [Line]
    private var place = 0

    /// The value of a document.
    package static func read(_ text: String) throws(Failure) -> JSONValue {
        var reader = YAMLReader(text)
        let value = try reader.block(0)
        if let line = reader.peek() { throw Failure(description: "line \(line.number): not indented as before") }
        return value
    }

    private init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().map { number, line in
            let text = line.drop { $0 == " " }
            return Line(number: number + 1, indent: line.count - text.count, text: text)
        }
    }

    /// The next line that says something.
    private mutating func peek() -> Line? {
        while place < lines.count, lines[place].text.isEmpty || lines[place].text.hasPrefix("#") { place += 1 }
        return place < lines.count ? lines[place] : nil
    }

    private mutating func block(_ indent: Int) throws(Failure) -> JSONValue {
        guard let line = peek(), line.indent >= indent else { return .null }
        if line.text.hasPrefix("- ") { return try list(line.indent) }
        return try map(line.indent)
    }

    private mutating func list(_ indent: Int) throws(Failure) -> JSONValue {
        var items: [JSONValue] = []
        while let line = peek(), line.indent == indent, line.text.hasPrefix("- ") {
            let text = line.text.dropFirst(2)
            if "{[\"'".contains(text.first ?? " ") || Self.key(text) == nil {
                place += 1
                items.append(try Self.scalar(text, line.number))
            } else {
                lines[place].indent += 2
                lines[place].text = text
                items.append(try map(indent + 2))
            }
        }
        return .array(items)
    }

    private mutating func map(_ indent: Int) throws(Failure) -> JSONValue {
        var members: [String: JSONValue] = [:]
        while let line = peek(), line.indent == indent, !line.text.hasPrefix("- ") {
            guard let (key, rest) = Self.key(line.text) else {
                throw Failure(description: "line \(line.number): no key")
            }
            guard members[key] == nil else { throw Failure(description: "line \(line.number): \(key) again") }
            place += 1
            if rest == "|" {
                members[key] = .string(literal(indent))
            } else if rest == ">-" {
                members[key] = .string(literal(indent).replacing("\n", with: " "))
            } else if rest.isEmpty {
                members[key] = try block(indent + 1)
            } else {
                members[key] = try Self.scalar(rest, line.number)
            }
        }
        return .object(members)
    }

    private mutating func literal(_ indent: Int) -> String {
        var text: [Substring] = []
        while place < lines.count, lines[place].text.isEmpty || lines[place].indent > indent {
            text.append(lines[place].text)
            place += 1
        }
        return text.joined(separator: "\n")
    }

    /// A key and what is behind its colon.
    private static func key(_ text: Substring) -> (String, Substring)? {
        if text.hasPrefix("\"") {
            let name = text.dropFirst().prefix { $0 != "\"" }
            let rest = text[name.endIndex...]
            return rest.hasPrefix("\":") ? (String(name), rest.dropFirst(2).drop { $0 == " " }) : nil
        }
        if let colon = text.firstRange(of: ": ") {
            return (String(text[..<colon.lowerBound]), text[colon.upperBound...].drop { $0 == " " })
        }
        return text.hasSuffix(":") ? (String(text.dropLast()), "") : nil
    }

    private static func scalar(_ text: Substring, _ line: Int) throws(Failure) -> JSONValue {
        var flow = YAMLFlow(text, isNested: "{[\"'".contains(text.first ?? " "))
        guard let value = flow.value(), flow.isAtEnd else { throw Failure(description: "line \(line): \(text)") }
        return value
    }
}
