import Messaging

/// Those members of a token's header or claims that mean something to us; the others are checked to be JSON and passed over.
struct TokenMembers {
    enum Value: Equatable {
        case string(String)
        case number(Double)
        /// An object, as it stands.
        case object([UInt8])
        /// Anything else but null: a boolean or an array.
        case other
    }

    /// The names that are looked for.
    enum Name: String, CaseIterable {
        case alg, kid, crit
        case sub, exp, nbf, iat, scope, topics
        case presence
    }

    private var values: [(name: Name, value: Value)] = []

    /// Reads strict JSON: one object in UTF-8 in which none of the names appears twice. Members that are null count as absent.
    ///
    /// - Parameter part: What is read, for the error: the header or the claims.
    init(_ json: [UInt8], part: String) throws(AuthenticationError) {
        let bytes = json.span
        do {
            _ = try UTF8Span(validating: bytes)
        } catch {
            throw AuthenticationError(.malformed, "the token's \(part) is not UTF-8")
        }
        var scanner = JSONScanner()
        var seen: [Name] = []
        do {
            while let member = try scanner.next(in: bytes) {
                let key = JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes)
                guard let name = Name(rawValue: key) else { continue }
                guard !seen.contains(name) else {
                    // Of two, another reader of the same token might take the other.
                    throw AuthenticationError(.malformed, "the token's \(part) has \(name) twice")
                }
                seen.append(name)
                if let value = Self.value(of: member, in: bytes) { values.append((name, value)) }
            }
        } catch let error as AuthenticationError {
            throw error
        } catch {
            throw AuthenticationError(.malformed, "the token's \(part) is no JSON object")
        }
    }

    /// Whether the member is there, of whatever type.
    func has(_ name: Name) -> Bool { self[name] != nil }

    /// The member as a string; nil when it is absent.
    func string(_ name: Name) throws(AuthenticationError) -> String? {
        switch self[name] {
        case nil: return nil
        case .string(let text): return text
        default: throw AuthenticationError(.malformed, "the token's \(name) is no string")
        }
    }

    /// The member as a number; nil when it is absent.
    func number(_ name: Name) throws(AuthenticationError) -> Double? {
        switch self[name] {
        case nil: return nil
        case .number(let number): return number
        default: throw AuthenticationError(.malformed, "the token's \(name) is no number: times are seconds since 1970")
        }
    }

    /// The member as an object's JSON; nil when it is absent.
    func object(_ name: Name) throws(AuthenticationError) -> [UInt8]? {
        switch self[name] {
        case nil: return nil
        case .object(let json): return json
        default: throw AuthenticationError(.malformed, "the token's \(name) is no object")
        }
    }

    private subscript(name: Name) -> Value? { values.first { $0.name == name }?.value }

    private static func value(of member: JSONScanner.Member, in bytes: Span<UInt8>) -> Value? {
        switch member.kind {
        case .string:
            let content = member.value.lowerBound + 1..<member.value.upperBound - 1
            return .string(JSONScanner.text(content, isEscaped: member.isValueEscaped, in: bytes))
        case .number:
            let text = JSONScanner.text(member.value, isEscaped: false, in: bytes)
            return Double(text).map { .number($0) } ?? .other
        case .null: return nil
        case .object: return .object(member.value.map { bytes[$0] })
        case .boolean, .array: return .other
        }
    }
}
