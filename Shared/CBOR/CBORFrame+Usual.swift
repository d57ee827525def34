public import Messaging

/// The frames that come most often, without the detour by JSON. Each is the same to the byte as its JSON translated.
extension CBORFrame {
    /// A client's frame, if it is one of those that come most often and written in the usual way: `send` without attachments, `signal`, `ack`, `ping`.
    /// The `data` of it is a place in `cbor`, where the JSON text stands.
    ///
    /// Anything else gives nil: ``json(_:)`` reads it, or says what is wrong.
    public static func usual(_ cbor: Span<UInt8>) -> ClientFrame? {
        var reader = UsualFrameReader()
        return reader.frame(cbor)
    }

    /// What comes before the tail of a message, for the recipient whose inbox entry is `cursor`; nil for a message that is in nobody's inbox.
    public static func prefix(cursor: MessageID?) -> [UInt8] {
        var writer = CBORWriter(capacity: 30)
        writer.begin("message")
        if let cursor { writer.id(FrameField.cursor, cursor) }
        return writer.bytes
    }

    /// The tail of a message of which nothing became yet, to be shared by its recipients.
    /// - Parameters:
    ///   - data: The sender's JSON.
    ///   - attachments: As JSON; empty for none.
    public static func tail(
        id: MessageID, conversation: String, from: String, data: Span<UInt8>, attachments: Span<UInt8>
    ) -> [UInt8] {
        var writer = CBORWriter(
            capacity: data.count + attachments.count + conversation.utf8.count + from.utf8.count + 60)
        writer.id(FrameField.id, id)
        writer.text(FrameField.conversation, conversation)
        writer.text(FrameField.from, from)
        writer.number(FrameField.at, id.milliseconds)
        writer.json(FrameField.data, data)
        if !attachments.isEmpty { writer.json(FrameField.attachments, attachments) }
        writer.raw(CBORWriter.end)
        return writer.bytes
    }

    /// A `send` is in the log, see ``ServerFrame/accepted(n:id:conversation:isDuplicate:)``.
    public static func accepted(n: UInt64, id: MessageID, conversation: String, isDuplicate: Bool) -> [UInt8] {
        var writer = CBORWriter(capacity: conversation.utf8.count + 60)
        writer.begin("accepted")
        writer.number(FrameField.n, n)
        writer.id(FrameField.id, id)
        writer.text(FrameField.conversation, conversation)
        writer.number(FrameField.at, id.milliseconds)
        if isDuplicate {
            writer.head(.unsigned, FrameField.duplicate)
            writer.boolean(true)
        }
        writer.raw(CBORWriter.end)
        return writer.bytes
    }

    /// A signal from someone. `data` is the sender's JSON.
    public static func signal(from: String, to: String, data: Span<UInt8>) -> [UInt8] {
        var writer = CBORWriter(capacity: data.count + from.utf8.count + to.utf8.count + 40)
        writer.begin("signal")
        writer.text(FrameField.from, from)
        writer.text(FrameField.to, to)
        writer.json(FrameField.data, data)
        writer.raw(CBORWriter.end)
        return writer.bytes
    }

    /// The answer to `ping`.
    public static func pong(n: UInt64) -> [UInt8] {
        var writer = CBORWriter(capacity: 24)
        writer.begin("pong")
        writer.number(FrameField.n, n)
        writer.raw(CBORWriter.end)
        return writer.bytes
    }
}
