public import Messaging

/// The part of a MESSAGE that is the same for every recipient: encoded once, and sent behind each recipient's own head
/// (``STOMPStateMachine/deliver(cursor:message:)``).
public enum MessageTail {
    /// Everything from `message-id` to the closing NUL.
    ///
    /// - Parameters:
    ///   - message: The message id.
    ///   - conversation: The conversation's id.
    ///   - sender: Who sent it.
    ///   - at: When, in milliseconds since the Unix epoch.
    ///   - data: The message's JSON.
    ///   - isEscaped: Whether the recipient's version escapes headers (``STOMPVersion/escapesHeaders``): there are two tails of a message.
    public static func encode(
        message: MessageID, conversation: String, from sender: String, at: UInt64, data: [UInt8], isEscaped: Bool
    ) -> [UInt8] {
        let escaping = isEscaped ? HeaderEscaping.v12 : .none
        let (body, contentType) = MessageBody.body(of: data)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192 + body.count)
        escaping.write("message-id", message.description, to: &bytes)
        escaping.write("conversation", conversation, to: &bytes)
        escaping.write("from", sender, to: &bytes)
        escaping.write("at", String(at), to: &bytes)
        escaping.write("content-type", contentType, to: &bytes)
        escaping.write("content-length", String(body.count), to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: body)
        bytes.append(0)
        return bytes
    }
}
