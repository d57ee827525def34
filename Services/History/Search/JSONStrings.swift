/// The string values of a JSON text, one after the other, at any depth; names of members are passed over.
///
/// The text is taken to be JSON: it comes from Postgres. What is not ends the list.
struct JSONStrings: IteratorProtocol {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next one as UTF-8, its escapes resolved.
    mutating func next() -> [UInt8]? {
        while let start = bytes[place...].firstIndex(of: UInt8(ascii: "\"")) {
            place = start + 1
            guard let string = string() else { return nil }
            if !isFollowedByColon { return string }
        }
        place = bytes.count
        return nil
    }

    private var isFollowedByColon: Bool {
        bytes[place...].first { ![0x20, 0x09, 0x0a, 0x0d].contains($0) } == UInt8(ascii: ":")
    }

    /// Reads on behind the closing quote.
    private mutating func string() -> [UInt8]? {
        var string: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case UInt8(ascii: "\""): return string
            case UInt8(ascii: "\\"):
                guard let scalar = escape() else { return nil }
                string.append(contentsOf: String(Character(scalar)).utf8)
            default: string.append(byte)
            }
        }
        return nil
    }

    private mutating func escape() -> Unicode.Scalar? {
        guard place < bytes.count else { return nil }
        let byte = bytes[place]
        place += 1
        switch byte {
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            guard let unit = codeUnit() else { return nil }
            if let scalar = Unicode.Scalar(unit) { return scalar }
            // The first half of a pair: the other one has to follow.
            guard bytes[place...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else { return "\u{fffd}" }
            place += 2
            guard let low = codeUnit() else { return nil }
            guard 0xd800...0xdbff ~= unit, 0xdc00...0xdfff ~= low else { return "\u{fffd}" }
            return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xd800) << 10 + UInt32(low) - 0xdc00)
        default: return Unicode.Scalar(byte)
        }
    }

    private mutating func codeUnit() -> UInt16? {
        guard place + 4 <= bytes.count else { return nil }
        defer { place += 4 }
        return UInt16(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16)
    }
}
