/// The rule for the ids of users, devices, groups and topics: 1 to 128 characters of `A-Z a-z 0-9 . _ @ -`.
///
/// The alphabet has no `{`, `}`, `:` or `/`, so an id can stand in a Redis key, in a conversation id and in JSON without escaping.
public enum Identifier {
    /// The longest id allowed, in bytes (each allowed character is one byte).
    public static let maximumLength = 128

    /// The rule in words, for error messages.
    public static let rule = "1 to 128 of A-Z a-z 0-9 . _ @ -"

    /// Whether `text` is a valid id.
    public static func isValid(_ text: some StringProtocol) -> Bool { isValid(utf8: text.utf8) }

    // For these there is code of their own: what is generic for other modules asks a table for each byte.

    /// Whether `text` is a valid id.
    public static func isValid(_ text: String) -> Bool { isValid(utf8: text.utf8) }

    /// Whether `text` is a valid id.
    public static func isValid(_ text: Substring) -> Bool { isValid(utf8: text.utf8) }

    /// Whether `text` is a valid id.
    public static func isValid(_ text: Span<UInt8>) -> Bool {
        for place in text.indices where !isAllowed(text[place]) { return false }
        return !text.isEmpty && text.count <= maximumLength
    }

    private static func isValid(utf8: some Sequence<UInt8>) -> Bool {
        var length = 0
        for byte in utf8 {
            guard isAllowed(byte) else { return false }
            length += 1
        }
        return length >= 1 && length <= maximumLength
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "@"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}
