import Messaging

/// The parts of a server's frame that the traffic needs.
struct TrafficFrame {
    /// What `data` holds in this traffic: when the message was to be sent (ns of the monotonic clock), by whom, and which one it was.
    struct Body {
        var time: UInt64 = 0
        var sender: Int = -1
        var n: UInt64 = 0
    }

    var type = ""
    var n: UInt64?
    var id: MessageID?
    var cursor: MessageID?
    var conversation = ""
    var code = ""
    var retryAfter: UInt64?
    var body = Body()

    /// Reads a frame; nil when it is no JSON object.
    init?(_ bytes: [UInt8]) {
        let span = bytes.span
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: span) {
                let value = bytes[member.value]
                switch bytes[member.key].first {
                case UInt8(ascii: "t"): type = Self.text(value)
                case UInt8(ascii: "n"): n = Self.number(value)
                case UInt8(ascii: "i"): id = MessageID(utf8: value.dropFirst().dropLast())
                case UInt8(ascii: "c"): read(c: bytes[member.key], value)
                case UInt8(ascii: "r"): retryAfter = Self.number(value)
                case UInt8(ascii: "d"): body = Self.body(Array(value))
                default: break
                }
            }
        } catch {
            return nil
        }
    }

    private mutating func read(c key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
        switch key.count {
        case 6: cursor = MessageID(utf8: value.dropFirst().dropLast())
        case 12: conversation = Self.text(value)
        default: code = Self.text(value)
        }
    }

    private static func body(_ bytes: [UInt8]) -> Body {
        var body = Body()
        var scanner = JSONScanner()
        while let member = try? scanner.next(in: bytes.span) {
            let value = number(bytes[member.value]) ?? 0
            switch bytes[member.key].first {
            case UInt8(ascii: "t"): body.time = value
            case UInt8(ascii: "s"): body.sender = Int(value)
            case UInt8(ascii: "n"): body.n = value
            default: break
            }
        }
        return body
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
    }

    private static func number(_ value: ArraySlice<UInt8>) -> UInt64? {
        var number: UInt64 = 0
        for byte in value {
            guard byte >= 48, byte <= 57 else { return nil }
            number = number &* 10 &+ UInt64(byte - 48)
        }
        return number
    }
}
