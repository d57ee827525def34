/// What a frame of the server's says, as far as a load needs it, read at the places where this server writes it.
///
/// Frames of another form are `other`, and are counted: a load whose frames could not be read is not valid.
enum ServerText: Equatable {
    case welcome
    case accepted(n: UInt64)
    /// One message: the place of its cursor, if it has one, and of the end of its data.
    case message(cursor: Range<Int>?, end: Int)
    case error
    case gap
    case moving
    case pong
    case ok
    case other

    private static let type = Array(#"{"type":""#.utf8)
    private static let accepted = Array(#"{"type":"accepted","n":"#.utf8)
    private static let cursor = Array(#"{"type":"message","cursor":""#.utf8)

    init(_ bytes: Span<UInt8>) {
        guard bytes.count > Self.cursor.count, Self.begins(bytes, Self.type) else {
            self = bytes.count > Self.type.count + 1 && Self.begins(bytes, Self.type) ? Self.short(bytes) : .other
            return
        }
        switch (bytes[9], bytes[10]) {
        case (UInt8(ascii: "m"), UInt8(ascii: "e")): self = Self.message(bytes)
        case (UInt8(ascii: "a"), _): self = Self.accepted(bytes)
        default: self = Self.short(bytes)
        }
    }

    private static func short(_ bytes: Span<UInt8>) -> ServerText {
        switch (bytes[9], bytes[10]) {
        case (UInt8(ascii: "w"), _): .welcome
        case (UInt8(ascii: "a"), _): accepted(bytes)
        case (UInt8(ascii: "e"), _): .error
        case (UInt8(ascii: "g"), _): .gap
        case (UInt8(ascii: "m"), UInt8(ascii: "o")): .moving
        case (UInt8(ascii: "p"), UInt8(ascii: "o")): .pong
        case (UInt8(ascii: "o"), _): .ok
        default: .other
        }
    }

    private static func accepted(_ bytes: Span<UInt8>) -> ServerText {
        guard bytes.count > accepted.count, begins(bytes, accepted) else { return .other }
        var (n, place): (UInt64, Int) = (0, accepted.count)
        while place < bytes.count, bytes[place] >= 0x30, bytes[place] <= 0x39 {
            n = n &* 10 &+ UInt64(bytes[place] - 0x30)
            place += 1
        }
        return place > accepted.count ? .accepted(n: n) : .other
    }

    /// Data comes last in a message that has no attachments and was not changed.
    private static func message(_ bytes: Span<UInt8>) -> ServerText {
        guard bytes[bytes.count - 1] == UInt8(ascii: "}") else { return .other }
        guard begins(bytes, cursor) else { return .message(cursor: nil, end: bytes.count - 1) }
        var end = cursor.count
        while end < bytes.count, bytes[end] != UInt8(ascii: "\"") { end += 1 }
        return .message(cursor: cursor.count..<end, end: bytes.count - 1)
    }

    private static func begins(_ bytes: Span<UInt8>, _ prefix: [UInt8]) -> Bool {
        guard bytes.count >= prefix.count else { return false }
        for place in prefix.indices where bytes[place] != prefix[place] { return false }
        return true
    }
}
