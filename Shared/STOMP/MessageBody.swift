import Messaging

/// Translates between the bodies of frames and `data`, which is JSON everywhere else.
///
/// A text is a JSON string, JSON is itself, so that a STOMP client gets what another has sent, and a client of the JSON frames understands both.
public enum MessageBody {
    /// A body as JSON.
    ///
    /// With a `content-type` of `application/json` or `…+json` the body must be JSON; without one it is taken for JSON when it is, else for text;
    /// with any other it is text.
    ///
    /// - Throws: `badBody` for JSON that is none, and for a body that is neither JSON nor UTF-8 text.
    public static func data(of body: [UInt8], contentType: String?) throws(STOMPError) -> [UInt8] {
        let isDeclared = contentType.map(isJSON)
        if isDeclared != false {
            if let value = value(body) { return value }
            guard isDeclared == nil else {
                throw STOMPError(.badBody, "the body is not the JSON that header 'content-type' says it is")
            }
        }
        guard let text = String(validating: body, as: UTF8.self) else {
            throw STOMPError(.badBody, "a body is JSON or UTF-8 text")
        }
        return quoted(text)
    }

    private static func isJSON(_ contentType: String) -> Bool {
        let type = contentType.prefix { $0 != ";" }.trimmed.lowercased()
        return type == "application/json" || type.hasSuffix("+json")
    }

    /// The one JSON value that the bytes are, without the blanks around it.
    static func value(_ body: [UInt8]) -> [UInt8]? {
        guard String(validating: body, as: UTF8.self) != nil else { return nil }
        // As the member of an object it passes the same check as a frame's data.
        let object = Array("{\"d\":".utf8) + body + [UInt8(ascii: "}")]
        var scanner = JSONScanner()
        do throws(JSONScanner.Failure) {
            guard let member = try scanner.next(in: object.span), try scanner.next(in: object.span) == nil else {
                return nil
            }
            return Array(object[member.value])
        } catch {
            return nil
        }
    }

    private static func quoted(_ text: String) -> [UInt8] {
        let digits = Array("0123456789abcdef".utf8)
        var bytes = [UInt8(ascii: "\"")]
        bytes.reserveCapacity(text.utf8.count + 2)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
            case UInt8(ascii: "\n"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
            case UInt8(ascii: "\r"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
            case UInt8(ascii: "\t"): bytes += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
            case 0..<0x20:
                bytes += Array("\\u00".utf8)
                bytes += [digits[Int(byte >> 4)], digits[Int(byte & 0xf)]]
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
        return bytes
    }

    /// The body for `data`, and its `content-type`: a JSON string as plain text, anything else as it is.
    /// - Parameter data: Valid JSON, as it comes from the log.
    public static func body(of data: [UInt8]) -> (bytes: [UInt8], contentType: String) {
        guard data.count >= 2, data.first == UInt8(ascii: "\""), data.last == UInt8(ascii: "\"") else {
            return (data, "application/json")
        }
        let isEscaped = data.contains(UInt8(ascii: "\\"))
        let text = JSONScanner.text(1..<data.count - 1, isEscaped: isEscaped, in: data.span)
        return (Array(text.utf8), "text/plain;charset=utf-8")
    }
}
