import Messaging

/// Writes CBOR (RFC 8949), always with the shortest heads.
struct CBORWriter {
    enum Kind: UInt8 {
        case unsigned = 0
        case negative = 1
        case bytes = 2
        case text = 3
        case array = 4
        case map = 5
        case tag = 6
    }

    static let beginMap: UInt8 = 0xbf
    static let end: UInt8 = 0xff
    /// Embedded JSON. Source: https://www.iana.org/assignments/cbor-tags
    static let embeddedJSON: UInt64 = 262

    private(set) var bytes: [UInt8] = []

    init(capacity: Int = 128) { bytes.reserveCapacity(capacity) }

    mutating func raw(_ byte: UInt8) { bytes.append(byte) }

    mutating func head(_ kind: Kind, _ value: UInt64) {
        let kind = kind.rawValue << 5
        switch value {
        case 0..<24: bytes.append(kind | UInt8(truncatingIfNeeded: value))
        case 24...0xff:
            bytes.append(kind | 24)
            bytes.append(UInt8(truncatingIfNeeded: value))
        case 0x100...0xffff:
            bytes.append(kind | 25)
            append(UInt16(truncatingIfNeeded: value).bigEndian)
        case 0x1_0000...0xffff_ffff:
            bytes.append(kind | 26)
            append(UInt32(truncatingIfNeeded: value).bigEndian)
        default:
            bytes.append(kind | 27)
            append(value.bigEndian)
        }
    }

    /// All bytes of a number at once, as they stand in memory.
    private mutating func append(_ number: some FixedWidthInteger) {
        unsafe withUnsafeBytes(of: number) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func text(_ text: String) {
        head(.text, UInt64(text.utf8.count))
        bytes.append(contentsOf: text.utf8)
    }

    /// - Parameter text: UTF-8.
    mutating func text(_ text: Span<UInt8>) {
        head(.text, UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    mutating func json(_ json: Span<UInt8>) {
        head(.tag, Self.embeddedJSON)
        head(.bytes, UInt64(json.count))
        bytes.append(contentsOf: json)
    }

    mutating func boolean(_ value: Bool) { bytes.append(value ? 0xf5 : 0xf4) }

    mutating func null() { bytes.append(0xf6) }

    mutating func double(_ value: Double) {
        bytes.append(0xfb)
        append(value.bitPattern.bigEndian)
    }

    // MARK: Fields

    /// The beginning of a frame.
    mutating func begin(_ type: String) {
        raw(Self.beginMap)
        text(FrameField.type, type)
    }

    mutating func text(_ field: UInt64, _ text: String) {
        head(.unsigned, field)
        self.text(text)
    }

    mutating func number(_ field: UInt64, _ number: UInt64) {
        head(.unsigned, field)
        head(.unsigned, number)
    }

    mutating func id(_ field: UInt64, _ id: MessageID) {
        head(.unsigned, field)
        self.id(id)
    }

    /// JSON as it is.
    mutating func json(_ field: UInt64, _ json: Span<UInt8>) {
        head(.unsigned, field)
        self.json(json)
    }

    /// The two numbers of an id.
    mutating func id(_ id: MessageID) {
        head(.array, 2)
        head(.unsigned, id.milliseconds)
        head(.unsigned, id.sequence)
    }
}

extension [UInt8] {
    /// All of the bytes at once.
    mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
