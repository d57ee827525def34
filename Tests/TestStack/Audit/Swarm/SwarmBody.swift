import Messaging

/// What `data` holds in this traffic: when the message was to be sent, by which device, and which one of its messages it is.
struct SwarmBody {
    /// Nanoseconds of the swarm's monotonic clock.
    var time: UInt64 = 0
    /// The device's number; out of range in what is none of ours.
    var sender = Int(UInt32.max)
    var n: UInt64 = 0
    /// Of the bytes as they stand.
    var hash: UInt32 = 0

    init() {}

    /// Reads a body; what is none of ours has no sender.
    init(_ bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes)
        hash = AuditNames.hash(bytes)
        var scanner = JSONScanner()
        while let member = try? scanner.next(in: bytes.span) {
            guard member.key.count == 1, let value = Self.number(bytes[member.value]) else { continue }
            switch bytes[member.key].first {
            case UInt8(ascii: "t"): time = value
            case UInt8(ascii: "s"): sender = Int(clamping: min(value, UInt64(UInt32.max)))
            case UInt8(ascii: "n"): n = value
            default: break
            }
        }
    }

    /// The JSON of a body, padded to a size.
    static func text(time: UInt64, sender: Int, n: UInt64, size: Int) -> String {
        let start = "{\"t\":\(time),\"s\":\(sender),\"n\":\(n),\"x\":\""
        return start + String(repeating: "x", count: max(0, size - start.utf8.count - 2)) + "\"}"
    }

    static func number(_ value: some Collection<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        guard !value.isEmpty, value.count < 19 else { return nil }
        for byte in value {
            guard byte >= 48, byte <= 57 else { return nil }
            number = number * 10 + UInt64(byte - 48)
        }
        return number
    }
}
