import Messaging

/// The parts of a server's frame that the swarm needs.
struct SwarmFrame {
    enum Kind { case welcome, message, accepted, error, gap, moving, other }

    var kind = Kind.other
    var n: UInt64?
    var id: MessageID?
    var cursor: MessageID?
    var after: MessageID?
    var conversation = ConversationKey.none
    /// The number of the user it is from; nil when that is none of ours.
    var from: Int?
    var code = ""
    var retryAfter: UInt64?
    var within: UInt64?
    /// Milliseconds, of a welcome's limits.
    var reconnectWithin: UInt64?
    var url: String?
    var isDuplicate = false
    var body = SwarmBody()

    init() {}

    /// Reads a frame; nil when it is no JSON object.
    init?(_ bytes: [UInt8], _ names: AuditNames) {
        let span = bytes.span
        var scanner = JSONScanner()
        do {
            while let member = try scanner.next(in: span) {
                read(bytes[member.key], bytes[member.value], names)
            }
        } catch {
            return nil
        }
    }

    private mutating func read(_ key: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>, _ names: AuditNames) {
        // No two keys of the contract share their first letter and length, but for "cursor" and "change".
        switch (key.first, key.count) {
        case (UInt8(ascii: "t"), 4): kind = Self.kind(Self.text(value))
        case (UInt8(ascii: "n"), 1): n = SwarmBody.number(value)
        case (UInt8(ascii: "i"), 2): id = MessageID(utf8: value.dropFirst().dropLast())
        case (UInt8(ascii: "c"), 6) where key.last == UInt8(ascii: "r"):
            cursor = MessageID(utf8: value.dropFirst().dropLast())
        case (UInt8(ascii: "c"), 12): conversation = names.conversation(named: value.dropFirst().dropLast())
        case (UInt8(ascii: "c"), 4): code = Self.text(value)
        case (UInt8(ascii: "f"), 4): from = names.user(named: value.dropFirst().dropLast())
        case (UInt8(ascii: "a"), 5): after = MessageID(utf8: value.dropFirst().dropLast())
        case (UInt8(ascii: "r"), 10): retryAfter = SwarmBody.number(value)
        case (UInt8(ascii: "l"), 6): reconnectWithin = Self.reconnectWithin(Array(value))
        case (UInt8(ascii: "w"), 6): within = SwarmBody.number(value)
        case (UInt8(ascii: "u"), 3): url = Self.text(value)
        case (UInt8(ascii: "d"), 9): isDuplicate = value.first == UInt8(ascii: "t")
        case (UInt8(ascii: "d"), 4): body = SwarmBody(value)
        default: break
        }
    }

    private static func kind(_ type: String) -> Kind {
        switch type {
        case "welcome": .welcome
        case "message": .message
        case "accepted": .accepted
        case "error": .error
        case "gap": .gap
        case "moving": .moving
        default: .other
        }
    }

    private static func reconnectWithin(_ limits: [UInt8]) -> UInt64? {
        var scanner = JSONScanner()
        while let member = try? scanner.next(in: limits.span) {
            if limits[member.key].elementsEqual("reconnectWithin".utf8) {
                return SwarmBody.number(limits[member.value])
            }
        }
        return nil
    }

    private static func text(_ value: ArraySlice<UInt8>) -> String {
        String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
    }
}
