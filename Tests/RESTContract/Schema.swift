package import TestStack

/// Holds values to a schema of the contract: the part of JSON Schema that docs/openapi.yaml uses, read strictly. A member that the schema does
/// not name is wrong, too: what is answered is in the document.
package struct Schema: Sendable {
    let document: JSONValue

    /// What is wrong with a value, each with its place; nothing if nothing is.
    package func violations(_ value: JSONValue, _ schema: JSONValue, at place: String = "$") -> [String] {
        let schema = resolve(schema)
        var found: [String] = []
        if let types = schema["type"].map({ $0.array ?? [$0] }), !types.contains(where: { isType($0.string, value) }) {
            return ["\(place) is not of the type \(types.compactMap(\.string))"]
        }
        if let choices = schema["enum"]?.array, !choices.contains(value) {
            found.append("\(place) is none of the enum")
        }
        if let choices = schema["oneOf"]?.array {
            let fitting = choices.count { violations(value, $0, at: place).isEmpty }
            if fitting != 1 { found.append("\(place) is \(fitting) of oneOf") }
        }
        switch value {
        case .string(let text): found += self.text(text, schema, place)
        case .number(let number):
            if let least = schema["minimum"]?.number, number < least { found.append("\(place) is below the minimum") }
            if let most = schema["maximum"]?.number, number > most { found.append("\(place) is above the maximum") }
        case .array(let items):
            if let most = schema["maxItems"]?.number, Double(items.count) > most {
                found.append("\(place) is too long")
            }
            if let item = schema["items"] {
                for (index, value) in items.enumerated() { found += violations(value, item, at: "\(place)[\(index)]") }
            }
        case .object(let members): found += object(members, schema, place)
        case .null, .bool: break
        }
        return found
    }

    /// Follows `$ref`; what stands beside it only describes.
    package func resolve(_ schema: JSONValue) -> JSONValue {
        guard let path = schema["$ref"]?.string else { return schema }
        var target: JSONValue? = document
        for name in path.split(separator: "/").dropFirst() { target = target?[String(name)] }
        return resolve(target ?? .null)
    }

    private func text(_ text: String, _ schema: JSONValue, _ place: String) -> [String] {
        var found: [String] = []
        if let least = schema["minLength"]?.number, Double(text.count) < least { found.append("\(place) is too short") }
        if let most = schema["maxLength"]?.number, Double(text.count) > most { found.append("\(place) is too long") }
        if let pattern = schema["pattern"]?.string {
            // A pattern of the document that cannot be read is a violation by itself.
            let isMet = (try? Regex(pattern).firstMatch(in: text)) != nil
            if !isMet { found.append("\(place) does not match \(pattern)") }
        }
        return found
    }

    private func object(_ members: [String: JSONValue], _ schema: JSONValue, _ place: String) -> [String] {
        var found: [String] = []
        for name in schema["required"]?.array?.compactMap(\.string) ?? [] where members[name] == nil {
            found.append("\(place).\(name) is missing")
        }
        guard case .object(let properties) = schema["properties"] ?? .object([:]) else { return found }
        for (name, value) in members {
            if let property = properties[name] ?? schema["additionalProperties"] {
                found += violations(value, property, at: "\(place).\(name)")
            } else if schema["type"]?.string == "object" {
                found.append("\(place).\(name) is not in the document")
            }
        }
        return found
    }

    private func isType(_ type: String?, _ value: JSONValue) -> Bool {
        switch (type, value) {
        case ("object", .object), ("array", .array), ("string", .string), ("boolean", .bool), ("null", .null),
            ("number", .number):
            true
        case ("integer", .number(let number)): number == number.rounded()
        default: false
        }
    }
}
