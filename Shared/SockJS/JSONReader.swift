/// Reads JSON (RFC 8259) as far as payloads need it: arrays of strings and single strings are decoded, anything else is only checked.
///
/// Half of a surrogate pair, which UTF-8 cannot hold, becomes U+FFFD. Nesting is limited to ``maximumDepth``.
struct JSONReader {
    enum Value {
        case array([[UInt8]])
        case string([UInt8])
        /// Another kind of value, or an array with other elements.
        case other
        case tooMany
    }

    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The one value that the bytes are, or nil when they are not JSON.
    mutating func document(maximum: Int) -> Value? {
        skipBlanks()
        guard let first = peek else { return nil }
        let value: Value
        switch first {
        case UInt8(ascii: "\""):
            guard let text = string() else { return nil }
            value = .string(text)
        case UInt8(ascii: "["):
            guard let read = array(maximum) else { return nil }
            value = read
        default:
            guard skipValue(depth: 1) else { return nil }
            value = .other
        }
        skipBlanks()
        return place == bytes.count ? value : nil
    }

    private mutating func array(_ maximum: Int) -> Value? {
        var strings: [[UInt8]] = []
        var isOther = false
        var count = 0
        place += 1
        skipBlanks()
        if take("]") { return .array([]) }
        repeat {
            skipBlanks()
            count += 1
            if peek == UInt8(ascii: "\"") {
                guard let text = string() else { return nil }
                if count <= maximum { strings.append(text) }
            } else {
                guard skipValue(depth: 2) else { return nil }
                isOther = true
            }
            skipBlanks()
        } while take(",")
        guard take("]") else { return nil }
        return isOther ? .other : count > maximum ? .tooMany : .array(strings)
    }

    /// Passes over a value of any kind.
    private mutating func skipValue(depth: Int) -> Bool {
        guard depth <= Self.maximumDepth, let first = peek else { return false }
        switch first {
        case UInt8(ascii: "\""): return string() != nil
        case UInt8(ascii: "["), UInt8(ascii: "{"):
            let isObject = first == UInt8(ascii: "{")
            place += 1
            skipBlanks()
            if take(isObject ? "}" : "]") { return true }
            repeat {
                skipBlanks()
                if isObject {
                    guard peek == UInt8(ascii: "\""), string() != nil else { return false }
                    skipBlanks()
                    guard take(":") else { return false }
                    skipBlanks()
                }
                guard skipValue(depth: depth + 1) else { return false }
                skipBlanks()
            } while take(",")
            return take(isObject ? "}" : "]")
        case UInt8(ascii: "t"): return word("true")
        case UInt8(ascii: "f"): return word("false")
        case UInt8(ascii: "n"): return word("null")
        default: return number()
        }
    }

    private mutating func word(_ text: String) -> Bool {
        guard bytes[place...].starts(with: text.utf8) else { return false }
        place += text.utf8.count
        return true
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0"), !digits() { return false }
        if take("."), !digits() { return false }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            return digits()
        }
        return true
    }

    private mutating func digits() -> Bool {
        let start = place
        while let byte = peek, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { place += 1 }
        return place > start
    }

    /// A string from its opening quote on, decoded.
    private mutating func string() -> [UInt8]? {
        var text: [UInt8] = []
        place += 1
        while let byte = peek {
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return text
            case 0..<0x20: return nil
            case UInt8(ascii: "\\"):
                guard escape(&text) else { return nil }
            default: text.append(byte)
            }
        }
        return nil
    }

    private mutating func escape(_ text: inout [UInt8]) -> Bool {
        guard let letter = peek else { return false }
        place += 1
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(letter)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard let scalar = scalar() else { return false }
            text.append(contentsOf: Array(String(Character(scalar)).utf8))
        default: return false
        }
        return true
    }

    private mutating func scalar() -> Unicode.Scalar? {
        guard let unit = codeUnit() else { return nil }
        if (0xd800..<0xdc00).contains(unit), bytes[place...].starts(with: "\\u".utf8) {
            let start = place
            place += 2
            guard let low = codeUnit() else { return nil }
            if (0xdc00..<0xe000).contains(low) {
                return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
            }
            // The second escape stands for itself.
            place = start
        }
        return Unicode.Scalar(unit) ?? "\u{fffd}"
    }

    private mutating func codeUnit() -> UInt32? {
        guard place + 4 <= bytes.count else { return nil }
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = QueryText.hexadecimal(bytes[place]) else { return nil }
            unit = unit << 4 | UInt32(digit)
            place += 1
        }
        return unit
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        place += 1
        return true
    }

    private mutating func skipBlanks() {
        while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d { place += 1 }
    }
}
