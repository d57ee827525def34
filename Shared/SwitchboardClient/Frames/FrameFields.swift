import Messaging

/// The members of an object that the server sent, a frame or a message of a page, read in one pass. What is not known is passed over.
struct FrameFields: Hashable, Sendable {
    var type = ""
    var n: UInt64?
    var id: MessageID?
    var cursor: MessageID?
    var change: MessageID?
    var after: MessageID?
    var conversation: String?
    var from: String?
    var to: String?
    var user: String?
    var code: String?
    var message: String?
    var reason: String?
    var url: String?
    var edge: String?
    var status: String?
    var state: String?
    var text: String?
    var at: Int64?
    var edited: Int64?
    var deleted: Int64?
    var retryAfter: Int64?
    var within: Int64?
    var heartbeat: Int64?
    var isDuplicate = false
    /// The sender's JSON as it came; empty when there is none.
    var data: [UInt8] = []
    var attachments: [UInt8] = []
    var limits = ServerLimits()

    init() {}

    /// Reads an object; nil when it is no JSON object.
    init?(_ bytes: Span<UInt8>) {
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: bytes) {
                set(JSONScanner.text(member.key, isEscaped: member.isKeyEscaped, in: bytes), member, bytes)
            }
        } catch {
            return nil
        }
    }

    private mutating func set(_ name: String, _ member: JSONScanner.Member, _ bytes: Span<UInt8>) {
        switch name {
        case "data": data = Self.copy(member.value, bytes)
        case "attachments": attachments = member.kind == .array ? Self.copy(member.value, bytes) : []
        case "limits": limits = ServerLimits(bytes.extracting(member.value))
        case "duplicate": isDuplicate = member.kind == .boolean && bytes[member.value.lowerBound] == UInt8(ascii: "t")
        default:
            if member.kind == .string {
                let range = member.value.lowerBound + 1..<member.value.upperBound - 1
                set(name, JSONScanner.text(range, isEscaped: member.isValueEscaped, in: bytes))
            } else if member.kind == .number, let number = Self.integer(member.value, bytes) {
                set(name, number)
            }
        }
    }

    private mutating func set(_ name: String, _ text: String) {
        switch name {
        case "type": type = text
        case "id": id = MessageID(text)
        case "cursor": cursor = MessageID(text)
        case "change": change = MessageID(text)
        case "after": after = MessageID(text)
        case "conversation": conversation = text
        case "from": from = text
        case "to": to = text
        case "user": user = text
        case "code": code = text
        case "message": message = text
        case "reason": reason = text
        case "url": url = text
        case "edge": edge = text
        case "status": status = text
        case "state": state = text
        case "text": self.text = text
        default: break
        }
    }

    private mutating func set(_ name: String, _ number: Int64) {
        switch name {
        case "n": n = number >= 0 ? UInt64(number) : nil
        case "at": at = number
        case "edited": edited = number
        case "deleted": deleted = number
        case "retryAfter": retryAfter = number
        case "within": within = number
        case "heartbeat": heartbeat = number
        default: break
        }
    }

    /// An integer of at most 18 digits; a fraction is cut off.
    static func integer(_ range: Range<Int>, _ bytes: Span<UInt8>) -> Int64? {
        var number: Int64 = 0
        var digits = 0
        let isNegative = bytes[range.lowerBound] == UInt8(ascii: "-")
        for place in range.dropFirst(isNegative ? 1 : 0) {
            guard case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[place] else {
                return bytes[place] == UInt8(ascii: ".") ? (isNegative ? -number : number) : nil
            }
            number = number * 10 + Int64(bytes[place] - UInt8(ascii: "0"))
            digits += 1
            guard digits <= 18 else { return nil }
        }
        return isNegative ? -number : number
    }

    private static func copy(_ range: Range<Int>, _ bytes: Span<UInt8>) -> [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(range.count)
        for place in range { copy.append(bytes[place]) }
        return copy
    }
}
