import Messaging
import ServiceRuntime

/// What a message says that comes by `POST /wsTemplate/sendToUser`: JSON, as the setting has it, in whose strings `{from}`, `{receiver}` and `{msg}` stand
/// for what the request says.
struct SpringMessage: Sendable {
    private enum Piece: Equatable {
        case fixed(String)
        case from, receiver, text
    }

    private static let names: [(name: String, piece: Piece)] = [
        ("{from}", .from), ("{receiver}", .receiver), ("{msg}", .text),
    ]

    private let pieces: [Piece]

    /// Reads the setting.
    /// - Throws: `SettingsError` when what comes of it would not be JSON.
    init(_ template: String) throws(SettingsError) {
        var pieces: [Piece] = []
        var fixed = ""
        var rest = template[...]
        while let first = rest.first {
            if let (name, piece) = Self.names.first(where: { rest.hasPrefix($0.name) }) {
                pieces += [.fixed(fixed), piece]
                fixed = ""
                rest = rest.dropFirst(name.count)
            } else {
                fixed.append(first)
                rest = rest.dropFirst()
            }
        }
        self.pieces = pieces + [.fixed(fixed)]
        // What stands for a text stands within a string: then whatever is put there, escaped, is JSON again.
        for sample in ["1", "a \"b\" \\"] {
            guard Self.isJSON(data(from: sample, receiver: sample, text: sample)) else {
                throw SettingsError(
                    "spring-message", "is no JSON with {from}, {receiver} and {msg} within strings",
                    remedy: #"give one such as {"content":"{from} say: {msg}"}"#)
            }
        }
    }

    /// The data of a message.
    func data(from: String, receiver: String, text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for piece in pieces {
            switch piece {
            case .fixed(let text): bytes += text.utf8
            case .from: Self.append(from, to: &bytes)
            case .receiver: Self.append(receiver, to: &bytes)
            case .text: Self.append(text, to: &bytes)
            }
        }
        return bytes
    }

    /// Appends a text as it is written within a string (RFC 8259, section 7).
    private static func append(_ text: String, to bytes: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case 0..<0x20: bytes += Array("\\u00".utf8) + [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: bytes.append(byte)
            }
        }
    }

    private static func isJSON(_ bytes: [UInt8]) -> Bool {
        // As the member of an object it passes the same check as any message's data.
        let object = Array("{\"d\":".utf8) + bytes + [UInt8(ascii: "}")]
        var scanner = JSONScanner()
        do {
            guard try scanner.next(in: object.span) != nil else { return false }
            return try scanner.next(in: object.span) == nil
        } catch {
            return false
        }
    }
}
