/// JSON strings, with the escapes that SockJS demands.
///
/// Besides what JSON itself demands, browsers mangle `U+200C–200F`, `U+2028–202F`, `U+2060–206F` and `U+FFF0–FFFF`: they are written as `\uXXXX`.
/// Source: https://sockjs.github.io/sockjs-protocol/sockjs-protocol-0.3.3.html#section-165
enum JSONText {
    private static let digits = Array("0123456789abcdef".utf8)

    /// Appends a text with its quotes.
    /// - Parameters:
    ///   - text: UTF-8.
    ///   - isInScript: Whether it will stand in the `<script>` of a page, where no `<` may.
    static func write(_ text: [UInt8], isInScript: Bool = false, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        var place = 0
        while place < text.count {
            let byte = text[place]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20: escape(UInt16(byte), to: &bytes)
            case UInt8(ascii: "<") where isInScript: escape(UInt16(byte), to: &bytes)
            case 0xe2 where place + 2 < text.count, 0xef where place + 2 < text.count:
                let low = UInt16(text[place + 1] & 0x3f) << 6 | UInt16(text[place + 2] & 0x3f)
                let unit = UInt16(byte & 0xf) << 12 | low
                switch unit {
                case 0x200c...0x200f, 0x2028...0x202f, 0x2060...0x206f, 0xfff0...0xffff: escape(unit, to: &bytes)
                default: bytes += text[place..<place + 3]
                }
                place += 2
            default: bytes.append(byte)
            }
            place += 1
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ unit: UInt16, to bytes: inout [UInt8]) {
        bytes += [UInt8(ascii: "\\"), UInt8(ascii: "u")]
        for shift in [12, 8, 4, 0] { bytes.append(digits[Int(unit >> UInt16(shift) & 0xf)]) }
    }
}
