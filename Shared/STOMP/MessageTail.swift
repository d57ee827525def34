public import Messaging

/// The part of a MESSAGE that is the same for every recipient: encoded once, and sent behind each recipient's own head
/// (``STOMPStateMachine/deliver(cursor:message:)``).
public enum MessageTail {
    /// Everything from `message-id` to the closing NUL, of a message or of what became of one.
    ///
    /// A change has its own id for `message-id`, a `type` (`edited`, `deleted` or `error`), and the message's id as `message`.
    ///
    /// - Parameters:
    ///   - frame: The members of the JSON frame from `id` on, with its closing brace: ``ServerFrame/Message/tail``.
    ///   - change: What became of an earlier message; nil for a message.
    ///   - isEscaped: Whether the recipient's version escapes headers (``STOMPVersion/escapesHeaders``): there are two tails of a message.
    public static func encode(_ frame: [UInt8], change: MessageChange? = nil, isEscaped: Bool) -> [UInt8] {
        let escaping = isEscaped ? HeaderEscaping.v12 : .none
        let members = Members(frame)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frame.count + 160)
        if let change {
            if let type = type(of: change) { escaping.write("type", type, to: &bytes) }
            escaping.write("message-id", members.text("change") ?? "", to: &bytes)
            escaping.write("message", members.text("id") ?? "", to: &bytes)
        } else {
            escaping.write("message-id", members.text("id") ?? "", to: &bytes)
        }
        for name in ["conversation", "from", "at", "n", "code", "attachments"] {
            if let value = members.text(name) { escaping.write(name, value, to: &bytes) }
        }
        let data = members.bytes("data") ?? members.bytes("message") ?? []
        let (body, contentType) = MessageBody.body(of: data)
        finish(body, contentType, escaping, &bytes)
        return bytes
    }

    /// The same for what is no message and has no place in any log: a signal, a read mark, a presence or a gap. Its body is the JSON frame.
    /// - Parameters:
    ///   - type: The type of the JSON frame.
    ///   - id: A `message-id`, which every MESSAGE must have.
    public static func encode(notice frame: [UInt8], type: String, id: String) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frame.count + 120)
        HeaderEscaping.none.write("type", type, to: &bytes)
        HeaderEscaping.none.write("message-id", id, to: &bytes)
        finish(frame, "application/json", .none, &bytes)
        return bytes
    }

    private static func type(of change: MessageChange) -> String? {
        switch change {
        case .edited: "edited"
        case .deleted: "deleted"
        case .refused: "error"
        case .unknown: nil
        }
    }

    private static func finish(
        _ body: [UInt8], _ contentType: String, _ escaping: HeaderEscaping, _ bytes: inout [UInt8]
    ) {
        if !body.isEmpty { escaping.write("content-type", contentType, to: &bytes) }
        escaping.write("content-length", String(body.count), to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: body)
        bytes.append(0)
    }

    /// The members of a frame of our own making, so that nothing in it can be wrong.
    private struct Members {
        private let json: [UInt8]
        private var members: [JSONScanner.Member] = []

        init(_ frame: [UInt8]) {
            json = [UInt8(ascii: "{")] + frame
            var scanner = JSONScanner()
            while let member = try? scanner.next(in: json.span) { members.append(member) }
        }

        private func member(_ name: String) -> JSONScanner.Member? {
            members.first { json[$0.key].elementsEqual(name.utf8) }
        }

        /// The JSON of a value.
        func bytes(_ name: String) -> [UInt8]? { member(name).map { Array(json[$0.value]) } }

        /// A text without its quotes, anything else as JSON.
        func text(_ name: String) -> String? {
            guard let member = member(name) else { return nil }
            let inner =
                member.kind == .string ? member.value.lowerBound + 1..<member.value.upperBound - 1 : member.value
            return String(decoding: json[inner], as: UTF8.self)
        }
    }
}
