import Foundation
import Messaging

/// A page of messages as history answers it. The bodies are kept byte for byte, so it is not decoded as a whole.
struct MessagePage {
    struct Message {
        var id = MessageID.zero
        var conversation = ConversationKey.none
        var from: Int?
        var body = SwarmBody()

        /// Somebody has this message.
        func event(_ kind: RecordEvent.Kind, _ names: AuditNames) -> RecordEvent {
            var event = RecordEvent(kind)
            event.id = id
            event.conversation = conversation
            event.sender = UInt32(clamping: body.sender)
            event.n = UInt32(clamping: body.n)
            event.hash = body.hash
            event.setSender(from, names)
            return event
        }
    }

    private(set) var messages: [Message] = []
    private(set) var next: MessageID?

    /// A page with nothing on it.
    init() {}

    /// Reads the body of an answer.
    /// - Throws: `JSONScanner.Failure`.
    init(_ bytes: [UInt8], _ names: AuditNames) throws {
        var scanner = JSONScanner()
        while let member = try scanner.next(in: bytes.span) {
            if bytes[member.key].elementsEqual("messages".utf8) {
                for element in Self.elements(bytes[member.value]) { messages.append(try Self.message(element, names)) }
            } else if bytes[member.key].elementsEqual("next".utf8), member.kind == .string {
                next = MessageID(utf8: bytes[member.value].dropFirst().dropLast())
            }
        }
    }

    private static func message(_ bytes: [UInt8], _ names: AuditNames) throws -> Message {
        var message = Message()
        var scanner = JSONScanner()
        while let member = try scanner.next(in: bytes.span) {
            let value = bytes[member.value]
            switch String(decoding: bytes[member.key], as: UTF8.self) {
            case "id": message.id = MessageID(utf8: value.dropFirst().dropLast()) ?? .zero
            case "conversation": message.conversation = names.conversation(named: value.dropFirst().dropLast())
            case "from": message.from = names.user(named: value.dropFirst().dropLast())
            case "data": message.body = SwarmBody(value)
            default: break
            }
        }
        return message
    }

    /// The objects of an array, each by itself.
    private static func elements(_ array: ArraySlice<UInt8>) -> [[UInt8]] {
        var elements: [[UInt8]] = []
        var (depth, start) = (0, array.startIndex)
        var (inString, isEscaped) = (false, false)
        for (place, byte) in zip(array.indices, array) {
            if inString {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): inString = true
            case UInt8(ascii: "{"):
                if depth == 0 { start = place }
                depth += 1
            case UInt8(ascii: "}"):
                depth -= 1
                if depth == 0 { elements.append(Array(array[start...place])) }
            default: break
            }
        }
        return elements
    }
}
