import Messaging

/// Writes JSON by hand, so that what clients sent goes out byte for byte.
struct JSONText {
    private(set) var bytes: [UInt8] = []

    /// JSON as it stands: punctuation and names of fields.
    mutating func raw(_ text: StaticString) {
        text.withUTF8Buffer { unsafe bytes.append(contentsOf: $0) }
    }

    /// JSON that somebody else wrote and that was checked when it was taken.
    mutating func raw(_ json: [UInt8]) { bytes.append(contentsOf: json) }

    mutating func number(_ number: some BinaryInteger) { bytes.append(contentsOf: String(number).utf8) }

    /// A text of ids: their alphabet needs no escaping.
    mutating func identifier(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: text.utf8)
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func id(_ id: StoredID) { identifier(id.id.description) }

    mutating func id(_ id: StoredID?) {
        if let id { self.id(id) } else { raw("null") }
    }

    /// The items with commas between.
    mutating func list<Item>(_ items: [Item], _ write: (inout JSONText, Item) -> Void) {
        raw("[")
        for (index, item) in items.enumerated() {
            if index > 0 { raw(",") }
            write(&self, item)
        }
        raw("]")
    }

    /// Any text, escaped (RFC 8259, section 7).
    mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20:
                let hex = String(byte, radix: 16)
                bytes.append(contentsOf: (byte < 16 ? "\\u000" : "\\u00").utf8)
                bytes.append(contentsOf: hex.utf8)
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    mutating func message(_ message: MessageRow, in conversation: String, highlights: Highlights? = nil) {
        raw(#"{"id":"#)
        id(message.id)
        raw(#","conversation":"#)
        identifier(conversation)
        raw(#","from":"#)
        identifier(message.from)
        raw(#","at":"#)
        number(message.id.ms)
        raw(#","data":"#)
        raw(message.data)
        if !message.attachments.isEmpty {
            raw(#","attachments":"#)
            raw(message.attachments)
        }
        switch message.change {
        case .edited(let at):
            raw(#","edited":"#)
            number(at)
        case .deleted(let at):
            raw(#","deleted":"#)
            number(at)
        case nil: break
        }
        if let highlights {
            raw(#","highlights":"#)
            list(highlights.strings) { json, pieces in json.list(pieces) { $0.string($1) } }
        }
        raw("}")
    }
}
