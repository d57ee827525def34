/// Checks a text that comes in pieces to be UTF-8, failing at the first byte that cannot be.
///
/// Source: https://encoding.spec.whatwg.org/#utf-8-decoder (no overlong forms, no surrogates, nothing above U+10FFFF).
struct UTF8Validator {
    /// How many bytes of a character are still to come.
    private var missing = 0
    /// What the next of them may be.
    private var lowest: UInt8 = 0x80
    private var highest: UInt8 = 0xbf

    /// Whether the text so far does not end within a character.
    var isComplete: Bool { missing == 0 }

    /// Whether the text is still well-formed with these bytes.
    mutating func accepts(_ bytes: Span<UInt8>) -> Bool {
        var place = 0
        while place < bytes.count {
            if missing == 0 {
                place = Self.endOfASCII(bytes, from: place)
                guard place < bytes.count else { return true }
                guard start(bytes[place]) else { return false }
            } else {
                let byte = bytes[place]
                guard byte >= lowest, byte <= highest else { return false }
                missing -= 1
                lowest = 0x80
                highest = 0xbf
            }
            place += 1
        }
        return true
    }

    private mutating func start(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xc2...0xdf: missing = 1
        case 0xe0...0xef:
            missing = 2
            if byte == 0xe0 { lowest = 0xa0 }
            if byte == 0xed { highest = 0x9f }
        case 0xf0...0xf4:
            missing = 3
            if byte == 0xf0 { lowest = 0x90 }
            if byte == 0xf4 { highest = 0x8f }
        default: return false
        }
        return true
    }

    /// The first place from `start` on that is not ASCII; looks at eight bytes at a time.
    private static func endOfASCII(_ bytes: Span<UInt8>, from start: Int) -> Int {
        var place = start
        let raw = unsafe bytes.bytes
        while place + 8 <= bytes.count {
            let word = unsafe raw.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self)
            guard word & 0x8080_8080_8080_8080 == 0 else { break }
            place += 8
        }
        while place < bytes.count, bytes[place] < 0x80 { place += 1 }
        return place
    }
}
