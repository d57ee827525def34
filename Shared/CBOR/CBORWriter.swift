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
        let (size, width): (UInt8, Int) =
            switch value {
            case 0..<24: (UInt8(value), 0)
            case 24...0xff: (24, 1)
            case 0x100...0xffff: (25, 2)
            case 0x1_0000...0xffff_ffff: (26, 4)
            default: (27, 8)
            }
        bytes.append(kind | size)
        guard width > 0 else { return }
        for byte in (0..<width).reversed() { bytes.append(UInt8(truncatingIfNeeded: value >> (UInt64(byte) * 8))) }
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
        for byte in (0..<8).reversed() {
            bytes.append(UInt8(truncatingIfNeeded: value.bitPattern >> (UInt64(byte) * 8)))
        }
    }
}

extension [UInt8] {
    /// All of the bytes at once.
    mutating func append(contentsOf bytes: Span<UInt8>) {
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
