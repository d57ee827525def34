/// Checks a frame to be one strict JSON object (RFC 8259) in one pass, and finds its members on the way.
///
/// The scanner copies nothing: members are given as ranges in the bytes, so a body can be passed on untouched. Nesting is limited to
/// ``maximumDepth``. It expects UTF-8 that was checked before, and is safe, though not strict, on anything else.
/// Every call of ``next(in:)`` must be given the same bytes.
/// Source: https://www.rfc-editor.org/rfc/rfc8259
public struct JSONScanner: Sendable {
    /// How deep objects and arrays may nest, the frame's own object counted.
    public static let maximumDepth = 64

    /// What a value is, told from its first byte.
    public enum Kind: Sendable {
        case string, number, object, array, boolean, null
    }

    /// One member of the object.
    public struct Member: Sendable {
        /// The key between its quotes.
        public var key: Range<Int>
        /// Whether the key has escapes, and so must be unescaped before it is compared.
        public var isKeyEscaped: Bool
        /// The value as it stands, a string with its quotes.
        public var value: Range<Int>
        public var kind: Kind
        /// Whether the value is a string with escapes in it.
        public var isValueEscaped: Bool
    }

    /// Why the bytes are not such an object.
    public struct Failure: Error, Sendable, CustomStringConvertible {
        /// What was expected.
        public let reason: String
        /// The byte at which it was expected.
        public let place: Int

        public var description: String { "\(reason) (byte \(place))" }
    }

    private enum State { case start, first, further, end }
    private var state = State.start
    private var place = 0

    /// A scanner at the first byte.
    public init() {}

    /// The next member, or nil when the object has ended and nothing but blanks follows.
    /// - Throws: ``Failure`` at the first byte that breaks the grammar.
    public mutating func next(in bytes: Span<UInt8>) throws(Failure) -> Member? {
        switch state {
        case .start:
            skipBlanks(bytes)
            try expect(UInt8(ascii: "{"), bytes, "a frame is one JSON object")
            skipBlanks(bytes)
            state = .first
            if take(UInt8(ascii: "}"), bytes) { return try finish(bytes) }
        case .first, .further:
            skipBlanks(bytes)
            if take(UInt8(ascii: "}"), bytes) { return try finish(bytes) }
            try expect(UInt8(ascii: ","), bytes, "expected ',' or '}' after a member")
            skipBlanks(bytes)
        case .end:
            return nil
        }
        state = .further
        let keyStart = place + 1
        let isKeyEscaped = try key(bytes)
        let key = keyStart..<place - 1
        try colon(bytes)
        let start = place
        var isValueEscaped = false
        let kind = try value(bytes, isEscaped: &isValueEscaped)
        return Member(
            key: key, isKeyEscaped: isKeyEscaped, value: start..<place, kind: kind, isValueEscaped: isValueEscaped)
    }

    /// Where the one value is that the bytes hold, without the blanks around it.
    /// - Throws: ``Failure`` at the first byte that breaks the grammar, or belongs to something after the value.
    public static func onlyValue(in bytes: Span<UInt8>) throws(Failure) -> Range<Int> {
        var scanner = JSONScanner()
        scanner.skipBlanks(bytes)
        let start = scanner.place
        var isEscaped = false
        _ = try scanner.value(bytes, isEscaped: &isEscaped)
        let end = scanner.place
        scanner.skipBlanks(bytes)
        guard scanner.place == bytes.count else { throw scanner.failure("expected nothing after the value") }
        return start..<end
    }

    private mutating func finish(_ bytes: Span<UInt8>) throws(Failure) -> Member? {
        skipBlanks(bytes)
        guard place == bytes.count else { throw failure("expected nothing after the object") }
        state = .end
        return nil
    }
}

// The grammar. A bit of `open` for each container that is open: 1 for an object, 0 for an array.
extension JSONScanner {
    private mutating func value(_ bytes: Span<UInt8>, isEscaped: inout Bool) throws(Failure) -> Kind {
        let kind = try kind(bytes)
        guard kind == .object || kind == .array else {
            isEscaped = try scalar(kind, bytes)
            return kind
        }
        var open: UInt64 = 1
        var depth = 1
        while true {
            let current = try self.kind(bytes)
            if current == .object || current == .array {
                guard depth < Self.maximumDepth else {
                    throw failure("JSON is nested more than \(Self.maximumDepth) deep")
                }
                place += 1
                depth += 1
                open = open << 1 | (current == .object ? 1 : 0)
                skipBlanks(bytes)
                if !take(UInt8(ascii: current == .object ? "}" : "]"), bytes) {
                    if current == .object { try keyAndColon(bytes) }
                    continue
                }
                depth -= 1
                open >>= 1
            } else {
                _ = try scalar(current, bytes)
            }
            // A value has ended: close what ends with it, up to the next value.
            while true {
                if depth == 1 { return kind }
                skipBlanks(bytes)
                if take(UInt8(ascii: ","), bytes) {
                    skipBlanks(bytes)
                    if open & 1 == 1 { try keyAndColon(bytes) }
                    break
                }
                let isObject = open & 1 == 1
                try expect(
                    UInt8(ascii: isObject ? "}" : "]"), bytes,
                    isObject ? "expected ',' or '}' in an object" : "expected ',' or ']' in an array")
                depth -= 1
                open >>= 1
            }
        }
    }

    private func kind(_ bytes: Span<UInt8>) throws(Failure) -> Kind {
        guard place < bytes.count else { throw failure("expected a value") }
        switch bytes[place] {
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .boolean
        case UInt8(ascii: "n"): return .null
        default: throw failure("expected a value")
        }
    }

    /// Passes over a value that is no container; true when it is a string with escapes.
    private mutating func scalar(_ kind: Kind, _ bytes: Span<UInt8>) throws(Failure) -> Bool {
        switch kind {
        case .string: return try string(bytes)
        case .number: try number(bytes)
        case .boolean:
            if bytes[place] == UInt8(ascii: "t") { try literal("true", bytes) } else { try literal("false", bytes) }
        case .null: try literal("null", bytes)
        case .object, .array: break
        }
        return false
    }

    private mutating func keyAndColon(_ bytes: Span<UInt8>) throws(Failure) {
        _ = try key(bytes)
        try colon(bytes)
    }

    private mutating func key(_ bytes: Span<UInt8>) throws(Failure) -> Bool {
        guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
            throw failure("expected a key in double quotes")
        }
        return try string(bytes)
    }

    private mutating func colon(_ bytes: Span<UInt8>) throws(Failure) {
        skipBlanks(bytes)
        try expect(UInt8(ascii: ":"), bytes, "expected ':' after a key")
        skipBlanks(bytes)
    }

    /// Passes over a string from its opening quote; true when it has escapes.
    private mutating func string(_ bytes: Span<UInt8>) throws(Failure) -> Bool {
        var isEscaped = false
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            if byte == UInt8(ascii: "\"") { return isEscaped }
            if byte < 0x20 {
                place -= 1
                throw failure("control characters in a string must be escaped")
            }
            guard byte == UInt8(ascii: "\\") else { continue }
            isEscaped = true
            try escape(bytes)
        }
        throw failure("a string does not end")
    }

    private mutating func escape(_ bytes: Span<UInt8>) throws(Failure) {
        guard place < bytes.count else { throw failure("a string does not end") }
        switch bytes[place] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            place += 1
        case UInt8(ascii: "u"):
            place += 1
            for _ in 0..<4 {
                guard place < bytes.count, Self.hexadecimal(bytes[place]) != nil else {
                    throw failure("expected four hexadecimal digits after \\u")
                }
                place += 1
            }
        default: throw failure("no such escape in JSON")
        }
    }

    private mutating func number(_ bytes: Span<UInt8>) throws(Failure) {
        _ = take(UInt8(ascii: "-"), bytes)
        if !take(UInt8(ascii: "0"), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "."), bytes) { try digits(bytes) }
        if take(UInt8(ascii: "e"), bytes) || take(UInt8(ascii: "E"), bytes) {
            if !take(UInt8(ascii: "+"), bytes) { _ = take(UInt8(ascii: "-"), bytes) }
            try digits(bytes)
        }
    }

    private mutating func digits(_ bytes: Span<UInt8>) throws(Failure) {
        let start = place
        while place < bytes.count, bytes[place] >= UInt8(ascii: "0"), bytes[place] <= UInt8(ascii: "9") { place += 1 }
        guard place > start else { throw failure("expected a digit") }
    }

    private mutating func literal(_ word: StaticString, _ bytes: Span<UInt8>) throws(Failure) {
        for index in 0..<word.utf8CodeUnitCount {
            guard place < bytes.count, unsafe bytes[place] == word.utf8Start[index] else {
                throw failure("expected \(word)")
            }
            place += 1
        }
    }

    private mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while place < bytes.count {
            switch bytes[place] {
            case 0x20, 0x09, 0x0a, 0x0d: place += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8, _ bytes: Span<UInt8>) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ bytes: Span<UInt8>, _ reason: String) throws(Failure) {
        guard place < bytes.count, bytes[place] == byte else { throw failure(reason) }
        place += 1
    }

    private func failure(_ reason: String) -> Failure { Failure(reason: reason, place: place) }
}
