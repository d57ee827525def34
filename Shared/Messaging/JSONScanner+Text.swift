extension JSONScanner {
    /// The text of a key or of a string between its quotes.
    ///
    /// - Parameters:
    ///   - range: What stands between the quotes; must have passed the scanner.
    ///   - isEscaped: Whether there are escapes to be resolved.
    public static func text(_ range: Range<Int>, isEscaped: Bool, in bytes: Span<UInt8>) -> String {
        let part = bytes.extracting(range)
        guard isEscaped else {
            return unsafe part.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
        }
        var result: [UInt8] = []
        result.reserveCapacity(part.count)
        var place = 0
        while place < part.count {
            let byte = part[place]
            place += 1
            guard byte == UInt8(ascii: "\\") else {
                result.append(byte)
                continue
            }
            let escape = part[place]
            place += 1
            switch escape {
            case UInt8(ascii: "b"): result.append(0x08)
            case UInt8(ascii: "f"): result.append(0x0c)
            case UInt8(ascii: "n"): result.append(0x0a)
            case UInt8(ascii: "r"): result.append(0x0d)
            case UInt8(ascii: "t"): result.append(0x09)
            case UInt8(ascii: "u"): result.append(contentsOf: Array(String(scalar(part, &place)).utf8))
            default: result.append(escape)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Reads the digits after `\u`, and a low surrogate's escape after a high one. Half a pair becomes U+FFFD.
    private static func scalar(_ part: Span<UInt8>, _ place: inout Int) -> Unicode.Scalar {
        let unit = codeUnit(part, place)
        place += 4
        if unit >= 0xd800, unit < 0xdc00, place + 6 <= part.count, part[place] == UInt8(ascii: "\\"),
            part[place + 1] == UInt8(ascii: "u")
        {
            let low = codeUnit(part, place + 2)
            if low >= 0xdc00, low < 0xe000 {
                place += 6
                return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00)) ?? "\u{fffd}"
            }
        }
        return Unicode.Scalar(unit) ?? "\u{fffd}"
    }

    private static func codeUnit(_ part: Span<UInt8>, _ place: Int) -> UInt32 {
        var unit: UInt32 = 0
        for index in place..<place + 4 { unit = unit << 4 | UInt32(hexadecimal(part[index]) ?? 0) }
        return unit
    }

    /// The value of a hexadecimal digit.
    static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
